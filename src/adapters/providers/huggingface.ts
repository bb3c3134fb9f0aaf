// https://huggingface.co/docs/huggingface.js/inference/README
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLoop } from "./record.loop.ts";
import { CHAT, CHAT_PARTS, SHAPED_HOSTS } from "./shape.chat.ts";

/** What each task is called in an event, and how it is measured where its answer does not tell. */
const TASKS: readonly (readonly [method: string, eventType: string, given: Readonly<Record<string, string>>])[] = [
  ["textGeneration", "text_generation", {}], ["summarization", "summary", {}], ["translation", "translation", {}], ["questionAnswering", "text_generation", {}],
  ["featureExtraction", "embedding", {}], ["sentenceSimilarity", "embedding", {}], ["textClassification", "classification", {}], ["zeroShotClassification", "classification", {}], ["tokenClassification", "classification", {}],
  ["textToImage", "image_generation", { images: "1" }], ["imageToImage", "image_generation", { images: "1" }], ["textToVideo", "video_generation", {}],
  ["imageToText", "image_analysis", { images: "1" }], ["imageClassification", "image_analysis", { images: "1" }], ["objectDetection", "image_analysis", { images: "1" }], ["imageSegmentation", "image_analysis", { images: "1" }], ["visualQuestionAnswering", "image_analysis", { images: "1" }],
  ["textToSpeech", "speech", { characters: "$inputs.length" }], ["automaticSpeechRecognition", "transcription", {}], ["audioClassification", "audio_analysis", {}],
];

/** On a client, or as an exported function. */
const on = (name: string, rest: Omit<CallPattern, "method" | "function">): CallPattern[] =>
  [{ of: ["HfInference", "InferenceClient", "default"], method: name }, { of: ["HfInference", "InferenceClient"], method: `endpoint().${name}` }, { function: [name] }].map((where) => ({ ...where, call: name, streams: false, ...rest, given: { model: "$model", ...rest.given } }));

export default defineProvider({
  title: "Hugging Face",
  packages: ["@huggingface/inference"],
  host: /(?:api-inference|router)\.huggingface\.co|[\w*.-]+\.endpoints\.huggingface\.cloud/,
  calls: [
    ...on("chatCompletion", { eventType: "chat_completion", meter: CHAT }),
    ...on("chatCompletionStream", { eventType: "chat_completion", meter: CHAT, streams: true, recordStream: recordLoop({ ...CHAT_PARTS, ask: { name: "stream_options", value: "{ include_usage: true }", behind: "messages" } }) }),
    ...on("textGenerationStream", { eventType: "text_generation", meter: {}, streams: true, recordStream: recordLoop({ keep: {} }) }),
    ...TASKS.flatMap(([name, eventType, given]) => on(name, { eventType, meter: {}, given })),
  ],
  hosts: [...SHAPED_HOSTS, { path: /^\/(?:hf-inference\/)?(?:models|pipeline)\/|^\/?$/, method: "POST", call: "POST models", eventType: "inference", meter: {} }],
});
