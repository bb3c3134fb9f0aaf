// https://mastra.ai/reference/agents/generate
import { defineProvider, type CallPattern } from "../define.ts";
import { payeeOfAgent } from "./ai-sdk.models.ts";
import { recordFinal } from "./record.final.ts";

const TOTAL = { total_tokens: "totalUsage.totalTokens", input_tokens: "totalUsage.inputTokens", output_tokens: "totalUsage.outputTokens" };
const LEGACY = { total_tokens: "usage.totalTokens", input_tokens: "usage.promptTokens", output_tokens: "usage.completionTokens" };
const USAGE = { total_tokens: "totalTokens", input_tokens: "inputTokens", output_tokens: "outputTokens" };

/** An agent that was made, or one that is asked for by name. */
const on = (method: string, rest: Partial<CallPattern>): CallPattern => ({ path: "(?:Agent\\.new|Mastra\\.new\\.getAgent(?:ById)?\\.\\(\\))", method, eventType: "agent_run", meter: {}, paidTo: payeeOfAgent, ...rest });

export default defineProvider({
  title: "Mastra",
  packages: ["@mastra/core"],
  calls: [
    // From 0.20 on `generate` and `stream` are what `generateVNext` and `streamVNext` were before.
    on("generate", { meter: TOTAL, since: "0.20" }),
    on("generate", { meter: LEGACY, until: "0.19" }),
    on("generateVNext", { meter: TOTAL }),
    on("generateLegacy", { meter: LEGACY }),
    ...["stream", "streamVNext"].map((method) => on(method, { meter: USAGE, streams: true, since: method === "stream" ? "0.20" : 0, recordStream: recordFinal({ method: "totalUsage", isProperty: true, name: "usage", at: "textStream" }) })),
    ...["stream", "streamLegacy", "network"].map((method) => on(method, { streams: true })),
  ],
});
