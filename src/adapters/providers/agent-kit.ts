// https://agentkit.inngest.com/reference/create-agent
import { defineProvider, type CallPattern } from "../define.ts";

/** A network of agents that is run is one activity. What it used is told by nobody. */
const on = (maker: string): CallPattern => ({ path: `${maker}\\.\\(\\)`, method: "run", eventType: "agent_run", meter: {} });

export default defineProvider({
  title: "Inngest AgentKit",
  packages: ["@inngest/agent-kit"],
  calls: [on("createAgent"), on("createRoutingAgent"), on("createNetwork")],
});
