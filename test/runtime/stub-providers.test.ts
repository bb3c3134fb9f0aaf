import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newNonce, startStubProviders, textOf, usageOf, type StubProviders } from "./stub-providers.ts";

let stub: StubProviders;

beforeAll(async () => {
  stub = await startStubProviders();
});

afterAll(() => stub.stop());

const post = (path: string, body: unknown): Promise<Response> =>
  fetch(`${stub.url}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const chat = (nonce: string, more: object = {}) => post("/openai/v1/chat/completions", { model: "gpt-4o-mini", messages: [{ role: "user", content: nonce }], ...more });

/** The JSON of every `data:` line of a stream. */
const eventsOf = (text: string): readonly Record<string, unknown>[] =>
  [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data = ""]) => JSON.parse(data) as Record<string, unknown>);

describe("OpenAI", () => {
  test("answers a chat with the nonce's text and tokens", async () => {
    const nonce = newNonce();
    const body = (await (await chat(nonce)).json()) as { choices: { message: { content: string } }[]; usage: object };
    const { input, output } = usageOf(nonce);
    expect(body.choices[0]?.message.content).toBe(textOf(nonce));
    expect(body.usage).toMatchObject({ prompt_tokens: input, completion_tokens: output, total_tokens: input + output });
  });

  test("reports the tokens of a stream only to who asks for them, in a last chunk without choices", async () => {
    const nonce = newNonce();
    const silent = eventsOf(await (await chat(nonce, { stream: true })).text());
    expect(silent.filter((event) => "usage" in event)).toEqual([]);
    const told = eventsOf(await (await chat(nonce, { stream: true, stream_options: { include_usage: true } })).text());
    const { input, output } = usageOf(nonce);
    expect(told.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: input, completion_tokens: output } });
    expect(told.slice(0, -1).every((event) => event["usage"] === null)).toBe(true);
  });

  test("answers by the JSON schema it is given", async () => {
    const nonce = newNonce();
    const schema = { type: "object", properties: { cards: { type: "array", items: { type: "string" } }, kind: { enum: ["a", "b"] } } };
    const body = (await (await chat(nonce, { response_format: { type: "json_schema", json_schema: { schema } } })).json()) as { choices: { message: { content: string } }[] };
    expect(JSON.parse(body.choices[0]?.message.content ?? "")).toEqual({ cards: [textOf(nonce)], kind: "a" });
  });

  test("ends a stream of the Responses API with the whole response", async () => {
    const nonce = newNonce();
    const events = eventsOf(await (await post("/openai/v1/responses", { model: "gpt-4.1", input: nonce, stream: true })).text());
    expect(events.map((event) => event["sequence_number"])).toEqual(events.map((_, index) => index));
    expect(events.filter((event) => event["type"] === "response.output_text.delta").map((event) => event["delta"]).join("")).toBe(textOf(nonce));
    expect(events.at(-1)).toMatchObject({ type: "response.completed", response: { status: "completed", usage: { input_tokens: usageOf(nonce).input } } });
  });

  test("gives embeddings in base64 to who asks so", async () => {
    const ask = async (more: object) => ((await (await post("/openai/v1/embeddings", { model: "m", input: ["a", "b"], ...more })).json()) as { data: { embedding: unknown }[] }).data;
    const [plain] = await ask({});
    const [encoded, second] = await ask({ encoding_format: "base64" });
    const bytes = Buffer.from(String(encoded?.embedding), "base64");
    expect([...new Float32Array(bytes.buffer, bytes.byteOffset, 4)]).toEqual(plain?.embedding);
    expect(second).toMatchObject({ index: 1 });
  });
});

describe("Anthropic", () => {
  test("streams the input tokens first and the output tokens last", async () => {
    const nonce = newNonce();
    const events = eventsOf(await (await post("/anthropic/v1/messages", { model: "claude", stream: true, messages: [{ role: "user", content: nonce }] })).text());
    const { input, output } = usageOf(nonce);
    expect(events[0]).toMatchObject({ type: "message_start", message: { usage: { input_tokens: input } } });
    expect(events.at(-2)).toMatchObject({ type: "message_delta", usage: { output_tokens: output } });
    expect(events.at(-1)).toEqual({ type: "message_stop" });
  });
});

describe("Google", () => {
  test("reports the same tokens plain and at the end of a stream", async () => {
    const nonce = newNonce();
    const body = { contents: [{ role: "user", parts: [{ text: nonce }] }] };
    const plain = (await (await post("/google/v1beta/models/gemini-2.5-flash:generateContent", body)).json()) as object;
    const { input, output } = usageOf(nonce);
    const usageMetadata = { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output };
    expect(plain).toMatchObject({ usageMetadata, modelVersion: "gemini-2.5-flash" });
    const events = eventsOf(await (await post("/google/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", body)).text());
    expect(events.at(-1)).toMatchObject({ usageMetadata });
  });
});

describe("Replicate", () => {
  test("makes a prediction that is done when it is asked for, and counts it once", async () => {
    const nonce = newNonce();
    const made = await post("/replicate/v1/models/owner/model/predictions", { input: { prompt: nonce } });
    const prediction = (await made.json()) as { id: string; status: string; urls: { get: string } };
    expect([made.status, prediction.status]).toEqual([201, "starting"]);
    const done = (await (await fetch(prediction.urls.get)).json()) as { id: string; status: string; output: string[]; metrics: object };
    expect(done).toMatchObject({ id: prediction.id, status: "succeeded", metrics: { predict_time: 2.5 } });
    expect((await fetch(done.output[0] ?? "")).headers.get("content-type")).toBe("image/png");
    expect(stub.calls(nonce).map(({ endpoint, model }) => [endpoint, model])).toEqual([["predictions", "owner/model"]]);
  });
});

describe("told how to behave", () => {
  test("fails as often as it is told, then answers", async () => {
    const nonce = newNonce();
    stub.behave(nonce, { fail: { status: 503, times: 2 } });
    const statuses = [await chat(nonce), await chat(nonce), await chat(nonce)].map(({ status }) => status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(stub.calls(nonce).map(({ outcome }) => outcome)).toEqual(["failed", "failed", "answered"]);
  });

  test("breaks off a stream after so many frames", async () => {
    const nonce = newNonce();
    stub.behave(nonce, { abortAfter: 3 });
    const response = await chat(nonce, { stream: true });
    const decoder = new TextDecoder();
    let text = "";
    await expect(
      (async () => {
        for await (const part of response.body ?? []) text += decoder.decode(part as Uint8Array);
      })(),
    ).rejects.toThrow("terminated");
    expect(eventsOf(text)).toHaveLength(3);
    expect(stub.calls(nonce).map(({ outcome }) => outcome)).toEqual(["aborted"]);
  });

  test("notices that the caller hung up", async () => {
    const nonce = newNonce();
    stub.behave(nonce, { delayMs: 20 });
    const response = await chat(nonce, { stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await expect.poll(() => stub.calls(nonce).map(({ outcome }) => outcome)).toEqual(["left"]);
  });

  test("reports the tokens it is told to, and keeps nonces apart", async () => {
    const [nonce, other] = [newNonce(), newNonce()];
    stub.behave(nonce, { usage: { input: 3, output: 4 } });
    const usage = async (of: string) => ((await (await chat(of)).json()) as { usage: object }).usage;
    expect(await usage(nonce)).toMatchObject({ total_tokens: 7 });
    expect(await usage(other)).toMatchObject({ prompt_tokens: usageOf(other).input });
    expect(stub.calls(nonce)).toHaveLength(1);
  });

  test("says no in the provider's own words to what it has not", async () => {
    const response = await post("/openai/v1/nothing", {});
    expect([response.status, await response.json()]).toEqual([404, { error: { message: "no POST /v1/nothing", type: "server_error", param: null, code: null } }]);
  });
});
