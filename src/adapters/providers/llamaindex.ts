// https://developers.llamaindex.ai/typescript/framework/
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLoop } from "./record.loop.ts";

const LLMS = ["OpenAI", "Anthropic", "Groq", "MistralAI", "Gemini", "Ollama", "TogetherLLM", "FireworksLLM", "DeepSeekLLM", "ReplicateLLM", "HuggingFaceInferenceAPI", "Bedrock", "openai", "anthropic", "groq", "mistral", "gemini", "deepseek"];
const ENGINES = "(?:ContextChatEngine|SimpleChatEngine|CondenseQuestionChatEngine|RetrieverQueryEngine|OpenAIAgent|ReActAgent|AnthropicAgent|LLMAgent)\\.new|[\\w.]*VectorStoreIndex(?:\\.\\w+\\.\\(\\))+|[\\w.]*SummaryIndex(?:\\.\\w+\\.\\(\\))+|(?:agent|multiAgent)\\.\\(\\)";

/** What an engine uses is not in its answer: one event a call. Streams are read as they come. */
const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ path: `(?:${ENGINES})`, method, eventType: "chat_completion", meter: {}, recordStream: recordLoop({ keep: {} }), ...rest });
const llm = (method: string): CallPattern => ({ of: LLMS, method, eventType: "chat_completion", meter: {}, recordStream: recordLoop({ keep: {} }) });

export default defineProvider({
  title: "LlamaIndex",
  packages: ["llamaindex", "@llamaindex/*"],
  calls: [
    ...["chat", "query", "run", "runStream"].map((method) => on(method, method === "runStream" ? { streams: true } : {})),
    ...["chat", "complete", "exec", "streamExec"].map(llm),
    { path: "(?:VectorStoreIndex|SummaryIndex)", method: "fromDocuments", eventType: "embedding", meter: {} },
    ...["OpenAIEmbedding", "GeminiEmbedding", "HuggingFaceEmbedding"].flatMap((of) => ["getTextEmbedding", "getTextEmbeddings", "getQueryEmbedding", "getTextEmbeddingsBatch"].map((method): CallPattern => ({ of: [of], method, eventType: "embedding", meter: {} }))),
  ],
});
