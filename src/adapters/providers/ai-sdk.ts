// https://ai-sdk.dev/docs/reference/ai-sdk-core
import { defineProvider, type CallPattern } from "../define.ts";
import { payeeOfAgent, payeeOfGivenAgent, payeeOfModel } from "./ai-sdk.models.ts";
import { objectEnding, recordEnding, recordText, stepEnding, uiEnding } from "./ai-sdk.streams.ts";

/** Names of the token counts: `promptTokens` up to 4, `inputTokens` from 5. In 5 and 6 `totalUsage` sums up all steps, in 7 `usage` does. */
const before5 = { total_tokens: "usage.totalTokens", input_tokens: "usage.promptTokens", output_tokens: "usage.completionTokens" };
const from5 = { total_tokens: "usage.totalTokens", input_tokens: "usage.inputTokens", output_tokens: "usage.outputTokens" };
const summed = { total_tokens: "totalUsage.totalTokens", input_tokens: "totalUsage.inputTokens", output_tokens: "totalUsage.outputTokens" };
const model = { model: "response.modelId" };

const calls = (names: readonly string[], rest: Omit<CallPattern, "function">): CallPattern => ({ function: names, given: { model: "$model" }, paidTo: payeeOfModel, ...rest });
const agents = (method: string, rest: Omit<CallPattern, "method">): CallPattern => ({ of: ["ToolLoopAgent", "Experimental_Agent", "Agent"], method, paidTo: payeeOfAgent, ...rest });

const text = ["generateText", "experimental_generateText"];
const object = ["generateObject", "experimental_generateObject"];

export default defineProvider({
  title: "Vercel AI SDK",
  packages: ["ai", "@ai-sdk/rsc"],
  calls: [
    calls(text, { eventType: "text_generation", meter: { ...summed, ...model }, since: 5, until: 6 }),
    calls(text, { eventType: "text_generation", meter: { ...from5, model: "finalStep.response.modelId" }, since: 7 }),
    calls(text, { eventType: "text_generation", meter: { ...before5, ...model }, since: 4, until: 4 }),
    calls(text, { eventType: "text_generation", meter: before5, until: 3 }),
    calls(object, { eventType: "object_generation", meter: { ...from5, ...model }, since: 5 }),
    calls(object, { eventType: "object_generation", meter: { ...before5, ...model }, since: 4, until: 4 }),
    calls(object, { eventType: "object_generation", meter: before5, until: 3 }),
    calls(["streamText", "experimental_streamText"], { eventType: "text_generation", meter: {}, streams: true, recordStream: recordText }),
    calls(["streamObject", "experimental_streamObject"], { eventType: "object_generation", meter: {}, streams: true, recordStream: recordEnding(objectEnding) }),
    calls(["streamUI"], { eventType: "text_generation", meter: {}, streams: true, recordStream: recordEnding(uiEnding) }),
    calls(["render"], { package: ["ai/rsc"], eventType: "text_generation", meter: {}, streams: true }),
    calls(["generateImage", "experimental_generateImage"], { eventType: "image_generation", meter: { images: "images.length" } }),
    calls(["generateVideo", "experimental_generateVideo"], { eventType: "video_generation", meter: {} }),
    calls(["generateSpeech", "experimental_generateSpeech"], { eventType: "speech_generation", meter: {}, given: { characters: "$text.length", model: "$model" } }),
    calls(["transcribe", "experimental_transcribe"], { eventType: "transcription", meter: { seconds: "durationInSeconds" } }),
    calls(["embed", "embedMany"], { eventType: "embedding", meter: { total_tokens: "usage.tokens" } }),
    calls(["rerank"], { eventType: "rerank", meter: {} }),
    agents("generate", { eventType: "agent_run", meter: { ...summed, ...model }, since: 5, until: 6 }),
    agents("generate", { eventType: "agent_run", meter: { ...from5, model: "finalStep.response.modelId" }, since: 7 }),
    agents("stream", { eventType: "agent_run", meter: {}, streams: true, since: 7, recordStream: recordText }),
    agents("stream", { eventType: "agent_run", meter: {}, streams: true, since: 6, until: 6, recordStream: recordEnding(stepEnding) }),
    agents("stream", { eventType: "agent_run", meter: {}, streams: true }),
    agents("respond", { eventType: "agent_run", meter: {}, streams: true }),
    { function: ["createAgentUIStreamResponse", "createAgentUIStream", "pipeAgentUIStreamToResponse"], eventType: "agent_run", meter: {}, streams: true, paidTo: payeeOfGivenAgent, recordStream: recordEnding(stepEnding) },
  ],
});
