// https://voltagent.dev/docs/agents/overview/
import { defineProvider, type CallPattern } from "../define.ts";
import { payeeOfAgent } from "./ai-sdk.models.ts";

const TOTAL = { total_tokens: "totalUsage.totalTokens", input_tokens: "totalUsage.inputTokens", output_tokens: "totalUsage.outputTokens" };
const USAGE = { total_tokens: "usage.totalTokens", input_tokens: "usage.inputTokens", output_tokens: "usage.outputTokens" };

const on = (method: string, rest: Partial<CallPattern>): CallPattern => ({ of: ["Agent"], method, eventType: "agent_run", meter: {}, paidTo: payeeOfAgent, ...rest });

export default defineProvider({
  title: "VoltAgent",
  packages: ["@voltagent/core"],
  // A stream tells the usage of its last step alone: which of its steps were paid is only known to its hooks.
  calls: [on("generateText", { meter: TOTAL }), on("generateObject", { meter: USAGE }), on("streamText", { streams: true }), on("streamObject", { streams: true })],
});
