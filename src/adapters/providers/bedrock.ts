// https://docs.aws.amazon.com/bedrock/latest/APIReference
import type { App } from "../../source/app.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { heldBy, isHeld } from "../../source/typescript/held.ts";
import { optionOf } from "../../source/typescript/options.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { textValue, valueOf } from "../../source/typescript/values.ts";
import { defineProvider, type CallPattern, type Recorder } from "../define.ts";
import { recordLoop } from "./record.loop.ts";

const USAGE = { total_tokens: "usage?.totalTokens", input_tokens: "usage?.inputTokens", output_tokens: "usage?.outputTokens" };
const stream = recordLoop({ keep: { metadata: { value: "$.metadata", when: "$.metadata" } }, at: "stream" });

/** Whether `send` is given a command of that name. */
const sends = (name: string) => (call: ts.CallExpression, app: App): boolean => {
  const command = call.arguments[0] && valueOf(app, call.arguments[0]);
  return command !== undefined && ts.isNewExpression(command) && bare(command.expression).getText().split(".").at(-1) === name;
};

/** Where each maker's models tell their tokens in the body that `InvokeModel` gives back as bytes. */
const BODIES: readonly (readonly [RegExp, Readonly<Record<string, string>>])[] = [
  [/anthropic|claude/, { input_tokens: "usage?.input_tokens", output_tokens: "usage?.output_tokens" }],
  [/meta\.|llama/, { input_tokens: "prompt_token_count", output_tokens: "generation_token_count" }],
  [/nova/, { input_tokens: "usage?.inputTokens", output_tokens: "usage?.outputTokens" }],
  [/titan/, { input_tokens: "inputTextTokenCount" }],
];

/** `const body = JSON.parse(new TextDecoder().decode(response.body));` after the call. */
const invoked: Recorder = (context) => {
  const { app, call, site } = context;
  const scope = functionsAround(site)[0];
  const name = isHeld(context.held) ? context.held.value("body")?.parts.join("") : undefined;
  let body: ts.CallExpression | undefined;
  if (scope && name !== undefined) walk(scope, (node) => void (ts.isCallExpression(node) && node.expression.getText() === "JSON.parse" && node.pos > site.pos && node.arguments[0]?.getText().includes(name) && (body ??= node)));
  const held = body && heldBy(body, { fresh: context.fresh("body", "result") });
  const model = optionOf(app, call, "modelId");
  const paths = BODIES.find(([maker]) => maker.test(model ? textValue(app, model) : ""))?.[1] ?? {};
  if (!held || !isHeld(held)) return undefined;
  const read = Object.entries(paths).flatMap(([field, path]) => {
    const value = held.value(path);
    return value ? [[field, value] as const] : [];
  });
  return { meter: { ...context.meterOf(() => undefined), ...Object.fromEntries(read) }, place: held.place };
};

const on = (method: string, rest: Omit<CallPattern, "method" | "of">): CallPattern => ({ of: ["BedrockRuntimeClient", "BedrockRuntime"], method, given: { model: "$modelId" }, streams: false, ...rest });
const send = (command: string, rest: Omit<CallPattern, "method" | "of">): CallPattern => on("send", { call: command, accepts: sends(`${command}Command`), ...rest });

export default defineProvider({
  title: "Amazon Bedrock",
  packages: ["@aws-sdk/client-bedrock-runtime"],
  host: /bedrock-runtime\.[\w*-]+\.amazonaws\.com/,
  calls: [
    send("Converse", { eventType: "chat_completion", meter: USAGE }),
    send("ConverseStream", { eventType: "chat_completion", meter: USAGE, streams: true, recordStream: stream }),
    send("InvokeModel", { eventType: "inference", meter: {}, record: invoked }),
    send("InvokeModelWithResponseStream", { eventType: "inference", meter: {}, streams: true, recordStream: recordLoop({ keep: {}, at: "body" }) }),
    send("StartAsyncInvoke", { eventType: "inference", meter: {} }),
    on("converse", { eventType: "chat_completion", meter: USAGE }),
    on("converseStream", { eventType: "chat_completion", meter: USAGE, streams: true, recordStream: stream }),
    on("invokeModel", { eventType: "inference", meter: {}, record: invoked }),
    on("invokeModelWithResponseStream", { eventType: "inference", meter: {}, streams: true, recordStream: recordLoop({ keep: {}, at: "body" }) }),
  ],
});
