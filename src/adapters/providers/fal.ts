// https://docs.fal.ai/model-apis/client
import { bare, ts } from "../../source/typescript/parse.ts";
import { textValue } from "../../source/typescript/values.ts";
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLoop } from "./record.loop.ts";

/** Models whose answer is a list of images, which the client's types know of the literal name. */
const IMAGES = /flux|stable-diffusion|sdxl|recraft|ideogram|imagen|hidream|seedream|nano-banana|qwen-image|aura-flow|fast-lcm/;
const makesImages = (call: ts.CallExpression): boolean => call.arguments[0] !== undefined && ts.isStringLiteralLike(bare(call.arguments[0])) && IMAGES.test(call.arguments[0].getText());

/** The exported client, one that was made, or the whole module of the older package. */
const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern[] =>
  [{ path: "(?:fal|default|createFalClient\\.\\(\\))", method }, /\./.test(method) ? { path: method.split(".")[0] ?? "", method: method.split(".")[1] ?? "" } : { function: [method] }].map((where) => ({ call: method, ...where, eventType: "generation", meter: {}, given: { model: "$0" }, streams: false, ...rest }));

export default defineProvider({
  title: "fal",
  packages: ["@fal-ai/client", "@fal-ai/serverless-client"],
  host: /(?:queue\.)?fal\.run|fal\.ai/,
  calls: [
    ...["subscribe", "run"].flatMap((method) => on(method, { package: ["@fal-ai/client"], meter: { images: "data.images?.length" }, accepts: makesImages, eventType: "image_generation" })),
    ...["subscribe", "run"].flatMap((method) => on(method, { accepts: (call, app) => call.arguments[0] !== undefined && textValue(app, call.arguments[0]) !== "" })),
    ...on("queue.submit"),
    ...on("stream", { streams: true, recordStream: recordLoop({ keep: {} }) }),
    ...on("realtime.connect", { record: ({ call }) => ({ as: "none", reason: "a realtime connection is open for as long as it lasts: record it where it closes", node: call }) }),
  ],
  hosts: [{ path: /^\/(?!.*\/requests\/)[\w*$@.-]+/, method: "POST", call: "POST generation", eventType: "generation", meter: { images: "images?.length" } }],
});
