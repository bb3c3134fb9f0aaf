// https://elevenlabs.io/docs/api-reference
import { defineProvider, type CallPattern } from "../define.ts";

const CHARACTERS = { characters: "$text.length", model: "$modelId" };

/** Speech is billed by the characters of the text, whichever way the sound comes back. */
const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ of: ["ElevenLabsClient", "ElevenLabs", "default"], method, eventType: "speech", meter: {}, given: CHARACTERS, streams: false, ...rest });

export default defineProvider({
  title: "ElevenLabs",
  packages: ["@elevenlabs/elevenlabs-js", "elevenlabs", "elevenlabs-node"],
  host: /api\.elevenlabs\.io/,
  calls: [
    ...["convert", "stream", "convertAsStream", "convertWithTimestamps", "streamWithTimestamps"].map((method) => on(`textToSpeech.${method}`)),
    ...["generate", "textToSpeech", "textToSpeechStream"].map((method) => on(method, { given: { characters: "$text.length", model: "$model_id" } })),
    ...["textToDialogue.convert", "textToDialogue.stream"].map((method) => on(method, { given: {} })),
    on("speechToText.convert", { eventType: "transcription", given: { model: "$modelId" } }),
    ...["speechToSpeech.convert", "speechToSpeech.stream", "audioIsolation.convert"].map((method) => on(method, { eventType: "voice_conversion", given: { model: "$modelId" } })),
    on("textToSoundEffects.convert", { eventType: "sound_effect" }),
    on("music.compose", { eventType: "music", given: {} }),
  ],
  hosts: [
    { path: /^\/v\d\/text-to-speech\//, method: "POST", call: "POST text-to-speech", eventType: "speech", meter: {}, given: { characters: "$text.length", model: "$model_id" } },
    { path: /^\/v\d\/speech-to-text\b/, method: "POST", call: "POST speech-to-text", eventType: "transcription", meter: {}, given: { model: "$model_id" } },
    { path: /^\/v\d\/(?:speech-to-speech|audio-isolation)\b/, method: "POST", call: "POST speech-to-speech", eventType: "voice_conversion", meter: {} },
    { path: /^\/v\d\/(?:sound-generation|music)\b/, method: "POST", call: "POST sound-generation", eventType: "sound_effect", meter: {} },
  ],
});
