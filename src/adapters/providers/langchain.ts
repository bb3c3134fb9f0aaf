// https://docs.langchain.com/oss/javascript/langchain/overview
import { defineProvider, type CallPattern } from "../define.ts";
import { endsInModel, partOfRun, payeeOfChain } from "./langchain.models.ts";
import { recordLoop } from "./record.loop.ts";

const packages = ["langchain", "@langchain/*"];
const USAGE = { total_tokens: "usage_metadata?.total_tokens", input_tokens: "usage_metadata?.input_tokens", output_tokens: "usage_metadata?.output_tokens" };

const STEP = "(?:\\.(?:bindTools|bind|withConfig|withRetry|withFallbacks|partial|assign)\\.\\(\\))*";
const ANY = "(?:\\.[\\w$]+\\.\\(\\))*";
const CHAT = `(?:(?:Chat|BaseChat)\\w+\\.new|AzureChatOpenAI\\.new|initChatModel\\.\\(\\))`;
const LLM = "(?:OpenAI|AzureOpenAI|OpenAIChat|VertexAI|HuggingFaceInference|Replicate|Cohere|Bedrock|MistralAI)\\.new";
const PROMPT = "\\w*PromptTemplate\\.(?:new|from\\w+\\.\\(\\))";
const CHAIN = `(?:${PROMPT}${ANY}\\.pipe\\.\\(\\)${ANY}|(?:${CHAT}|${LLM})${ANY}\\.(?:pipe|withStructuredOutput)\\.\\(\\)${ANY}|Runnable(?:Sequence|Map|Parallel|PassthroughSequence|WithMessageHistory)\\.(?:new|from\\.\\(\\))${ANY})`;
const OLD_CHAINS = "(?:\\w*Chain|AgentExecutor|\\w*AgentExecutor)\\.(?:new|from\\w+\\.\\(\\))|(?:load\\w*Chain|create\\w*(?:Chain|AwareRetriever)|initializeAgentExecutor\\w*)\\.\\(\\)(?:\\.[\\w$]+\\.\\(\\))*";
const AGENT = `(?:(?:createReactAgent|createAgent|createDeepAgent|createSupervisor|createSwarm)\\.\\(\\)${ANY}|(?:StateGraph|MessageGraph|Graph)\\.new${ANY}\\.compile\\.\\(\\)${ANY}|entrypoint\\.\\(\\))`;
const STORE = "\\w*(?:Store|VectorSearch|Pinecone|Chroma|FAISS|HNSWLib|Qdrant|Weaviate|Milvus|PGVector|Redis\\w*|Neon\\w*)";
const EMBEDDINGS = "\\w*Embeddings\\.new";

const call = (path: string, methods: readonly string[], rest: Omit<CallPattern, "path" | "method">): CallPattern[] =>
  methods.map((method) => ({ path: `(?:${path})`, method, given: { model: "$model" }, paidTo: payeeOfChain, notBilled: partOfRun, streams: false, ...rest }));

const READS = ["invoke", "call", "predict", "run", "generate", "predictMessages"];
const message = recordLoop({ keep: { lastChunk: { value: "$", when: "$.usage_metadata" } } });
const uncounted = recordLoop({ keep: {} });

export default defineProvider({
  title: "LangChain",
  packages,
  calls: [
    ...call(`${CHAT}${STEP}`, ["invoke"], { eventType: "chat_completion", meter: USAGE }),
    ...call(`${CHAT}${STEP}`, READS, { eventType: "chat_completion", meter: {} }),
    ...call(`${CHAT}${STEP}`, ["stream"], { eventType: "chat_completion", meter: USAGE, streams: true, recordStream: message }),
    ...call(`${CHAT}${STEP}`, ["batch"], { eventType: "chat_completion", meter: { total_tokens: "{}.reduce((sum, one) => sum + (one.usage_metadata?.total_tokens ?? 0), 0)" } }),
    ...call(LLM + STEP, [...READS, "batch"], { eventType: "completion", meter: {} }),
    ...call(LLM + STEP, ["stream"], { eventType: "completion", meter: {}, streams: true, recordStream: uncounted }),
    ...call(CHAIN, ["invoke"], { eventType: "chat_completion", meter: USAGE, accepts: endsInModel }),
    ...call(CHAIN, ["stream"], { eventType: "chat_completion", meter: USAGE, streams: true, recordStream: message, accepts: endsInModel }),
    ...call(`${CHAIN}|${OLD_CHAINS}`, [...READS, "batch"], { eventType: "chat_completion", meter: {} }),
    ...call(`${CHAIN}|${OLD_CHAINS}`, ["stream", "streamEvents", "streamLog"], { eventType: "chat_completion", meter: {}, streams: true, recordStream: uncounted }),
    ...call(AGENT, ["invoke", "batch"], { eventType: "agent_run", meter: {} }),
    ...call(AGENT, ["stream", "streamEvents"], { eventType: "agent_run", meter: {}, streams: true, recordStream: uncounted }),
    ...call(STORE, ["fromDocuments", "fromTexts"], { eventType: "embedding", meter: {} }),
    ...call(`${STORE}\\.(?:new|from\\w+\\.\\(\\))`, ["addDocuments"], { eventType: "embedding", meter: {} }),
    ...call(`${STORE}\\.(?:new|from\\w+\\.\\(\\))`, ["similaritySearch", "similaritySearchWithScore", "maxMarginalRelevanceSearch"], { eventType: "embedding", meter: {}, notBilled: "it embeds one query, as a part of the answer it is for" }),
    ...call(EMBEDDINGS, ["embedDocuments"], { eventType: "embedding", meter: {} }),
    ...call(EMBEDDINGS, ["embedQuery"], { eventType: "embedding", meter: {}, notBilled: "it embeds one query, as a part of the answer it is for" }),
  ],
});
