// `npm run bench:sandbox -- [events]`: how many events a second the sandbox takes, with and without a data file, and what
// it holds in memory as they add up. Prints a table; never a test. Run
// `npm run build` first.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);
let users = 1;

if (process.argv[2] === "--serve") {
  const { startSandbox } = await import("../dist/src/sandbox/index.js");
  const before = performance.now();
  const sandbox = await startSandbox({ ...(process.argv[3] ? { data: process.argv[3] } : {}) });
  process.send({ url: sandbox.url, milliseconds: performance.now() - before });
  process.on("message", () => {
    const busiest = process.memoryUsage.rss();
    gc();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    process.send({ busiest, rss, live: heapUsed + arrayBuffers });
  });
} else {
  const events = Number(process.argv[2] ?? 1_000_000);
  console.log("one event per request, 16 connections");
  await rate("  in a temporary file", undefined, 30_000, 1, 16);
  await rate("  with --data, flushed to disk", dataFile(), 30_000, 1, 16);
  console.log("one event per request, 1 connection");
  await rate("  with --data, flushed to disk", dataFile(), 3_000, 1, 1);
  console.log(`memory while ${events.toLocaleString("en")} events come in, 100 per request`);
  await memory(events);
}

function dataFile() {
  return join(mkdtempSync(join(tmpdir(), "sandbox-bench-")), "data");
}

/** Starts the sandbox in a process of its own, so that only its memory is measured. */
async function serve(data) {
  const child = fork(self, ["--serve", data ?? ""], { execArgv: ["--expose-gc"] });
  const { url, milliseconds } = await new Promise((resolve) => child.once("message", resolve));
  const stop = async () => {
    const exit = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exit;
    if (data) rmSync(`${data}.lock`, { force: true });
  };
  const memory = async () => {
    const answer = new Promise((resolve) => child.once("message", resolve));
    child.send("memory");
    const { busiest, live } = await answer;
    return `${megabytes(live)} live, ${megabytes(busiest)} resident`;
  };
  return { url, milliseconds, stop, memory };
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(0).padStart(4)} MB`;
}

async function rate(title, data, events, perRequest, connections) {
  const server = await serve(data);
  await customers(server.url, 50);
  await send(server.url, 2000, perRequest, connections);
  const start = performance.now();
  await send(server.url, events, perRequest, connections);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${title}: ${Math.round(events / seconds).toLocaleString("en")} events/s`);
  await server.stop();
  if (data) rmSync(join(data, ".."), { recursive: true });
}

async function memory(events) {
  const data = dataFile();
  const server = await serve(data);
  await customers(server.url, 1000);
  const step = Math.max(1, Math.floor(events / 10));
  for (let done = 0; done < events; done += step) {
    await send(server.url, step, 100, 4);
    console.log(`  ${(done + step).toLocaleString("en").padStart(11)} events   ${await server.memory()}, ${megabytes(statSync(data).size)} on disk`);
  }
  await server.stop();
  for (const what of ["start after a kill", "and again"]) {
    const again = await serve(data);
    console.log(`  ${what}: ${(again.milliseconds / 1000).toFixed(1)} s, ${await again.memory()}`);
    await again.stop();
  }
  rmSync(join(data, ".."), { recursive: true });
}

async function customers(url, count) {
  for (let at = 0; at < count; at++) await post(url, "/customers", { name: `User ${at}`, external_id: `user-${at}`, subscriptions: [{ products: [{ code: "demo" }] }] }, undefined);
  users = count;
}

async function send(url, events, perRequest, connections) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let left = Math.ceil(events / perRequest);
  const worker = async () => {
    while (left-- > 0) {
      const batch = Array.from({ length: perRequest }, () => ({ id: randomUUID(), event_type: "chat_completion", occurred_at: new Date().toISOString(), subject: "chat", data: { total_tokens: 1234, model: "large" } }));
      await post(url, "/events", { customer_external_id: `user-${Math.floor(Math.random() * users)}`, events: batch }, agent);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  agent.destroy();
}

function post(url, path, body, agent) {
  return new Promise((resolve, reject) => {
    const call = request(url + path, { method: "POST", agent, headers: { "x-credyt-api-key": "key_sandbox", "content-type": "application/json" } }, (answer) => {
      answer.resume();
      answer.once("end", () => (answer.statusCode < 300 ? resolve() : reject(new Error(`${path} answered ${answer.statusCode}`))));
    });
    call.once("error", reject);
    call.end(JSON.stringify(body));
  });
}
