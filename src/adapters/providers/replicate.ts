// https://replicate.com/docs/reference/http
import { defineProvider, type CallPattern, type HostPattern, type Recorder } from "../define.ts";
import { isHeld } from "../../source/typescript/held.ts";
import { optionOf } from "../../source/typescript/options.ts";
import { recordLoop } from "./record.loop.ts";
import { recordPolled } from "./record.polled.ts";

const SECONDS = { seconds: "metrics?.predict_time" };
const polled = recordPolled({ done: "succeeded", meter: SECONDS, waits: "wait", otherwise: "start" });

/** With `wait` the prediction is done when the call returns; otherwise it is looked for further down, and the start is billed where it is not seen. */
const prediction: Recorder = (context) => {
  if (!optionOf(context.app, context.call, "wait") || !isHeld(context.held)) return polled(context);
  const seconds = context.held.value(SECONDS.seconds);
  return { meter: { ...context.meterOf(() => undefined), ...(seconds && { seconds }) }, place: context.held.place };
};

const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ of: ["default", "Replicate"], method, eventType: "prediction", meter: {}, given: { model: "$model" }, streams: false, ...rest });
const post = (path: RegExp, rest: Partial<HostPattern> = {}): HostPattern => ({ path, method: "POST", call: "POST predictions", eventType: "prediction", meter: {}, given: { model: "$version" }, record: recordPolled({ done: "succeeded", meter: SECONDS, otherwise: "start" }), ...rest });

export default defineProvider({
  title: "Replicate",
  packages: ["replicate"],
  host: /[\w-]+\.replicate\.com/,
  calls: [
    on("run", { given: { model: "$0" } }),
    on("stream", { given: { model: "$0" }, streams: true, recordStream: recordLoop({ keep: {} }) }),
    on("predictions.create", { record: prediction, given: { model: "$model" } }),
    on("deployments.predictions.create", { record: prediction, given: { model: "$1" } }),
    on("models.predictions.create", { record: prediction, given: { model: "$1" } }),
    on("trainings.create", { eventType: "training", record: polled, given: {} }),
  ],
  hosts: [post(/^\/v1\/(?:predictions|models\/[^?]+\/predictions|deployments\/[^?]+\/predictions)\/?(?:\?|$)/), post(/\/trainings\/?$/, { call: "POST trainings", eventType: "training" })],
});
