import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APP_NAMES, prepareApp, SAMPLES, startApp, typecheckApp, type AppName, type PreparedApp, type RunningApp } from "./apps.ts";
import { mongoAvailable } from "./mongo/start.ts";
import type { Account } from "./samples/sample.ts";
import { openSession, type Session } from "./session.ts";
import { newNonce, startStubProviders, type StubProviders } from "./stub-providers.ts";

const newAccount = (): Account => ({ name: "Ann", email: `${newNonce()}@sample.test`, password: "correct-horse" });

/** Declares the tests of the sample apps as they are committed, unwired; those of Next, which take minutes, only in the long run. */
export function declareApps({ long }: { readonly long: boolean }): void {
  const workDir = mkdtempSync(path.join(tmpdir(), "credyt-integrate-runtime-"));
  let stub: StubProviders;

  beforeAll(async () => {
    stub = await startStubProviders();
  });

  afterAll(async () => {
    await stub.stop();
    rmSync(workDir, { recursive: true, force: true });
  });

  for (const name of APP_NAMES) {
    // The one server that npm cannot bring: without a JDK and Maven the Mongoose app cannot run, and the report says "skipped".
    const unavailable = name === "express-passport-mongoose-openai" && !mongoAvailable();
    describe.skipIf(unavailable || (!long && SAMPLES[name].framework === "next"))(name, () => declareApp(name, { workDir, stub: () => stub }));
  }
}

function declareApp(name: AppName, { workDir, stub }: { readonly workDir: string; readonly stub: () => StubProviders }): void {
  const sample = SAMPLES[name];
  let prepared: PreparedApp;
  let app: RunningApp;
  const account = newAccount();
  let session: Session;

  beforeAll(async () => {
    prepared = await prepareApp(name, { workDir });
    app = await startApp(prepared, { providers: stub().env });
    session = openSession(app.url);
  });

  afterAll(async () => {
    await app?.stop();
    rmSync(prepared.dir, { recursive: true, force: true });
  });

  for (const [index, [way, signUp]] of Object.entries(sample.signUps).entries()) {
    test(`signs up by ${way}`, async () => {
      const { status } = await (index === 0 ? signUp(session, account, app.services) : signUp(openSession(app.url), newAccount(), app.services));
      expect(status, app.logs()).toBeLessThan(400);
    });
  }

  for (const [activity, { arrange, act, calls, streamed, expected, route }] of Object.entries(sample.activities)) {
    test(`${activity}: ${route} answers with what the stub said`, async () => {
      const nonce = newNonce();
      const arranged = (await arrange?.(session, nonce)) ?? "";
      const before = stub().calls(nonce).length;
      const outcome = await act(session, nonce, arranged);
      expect(outcome.answer, `${outcome.status} ${outcome.text}\n${app.logs()}`).toBe(expected(nonce));
      const seen = stub().calls(nonce).slice(before);
      expect(seen.map((call) => [call.endpoint, call.streamed, call.outcome])).toEqual(calls.map((endpoint) => [endpoint, streamed, "answered"]));
    });
  }

  test("turns away who is signed out, and calls no provider", async () => {
    const [first] = Object.values(sample.activities);
    const nonce = newNonce();
    const arranged = (await first?.arrange?.(session, newNonce())) ?? "";
    const outcome = await first?.act(openSession(app.url), nonce, arranged).catch((error: Error) => ({ status: 401, text: error.message }));
    expect(outcome).not.toHaveProperty("answer");
    expect(stub().calls(nonce)).toEqual([]);
  });

  if (sample.pages !== undefined) {
    test.each(Object.entries(sample.pages).filter(([page]) => page !== "signIn"))("shows the %s page at %s to who is signed in", async (_name, page) => {
      const response = await session.request(page, { headers: { accept: "text/html" } });
      expect(response.status, app.logs()).toBe(200);
    });
  }

  test("signs in again", async () => {
    const again = openSession(app.url);
    const { status } = await sample.signIn(again, account, app.services);
    expect(status, app.logs()).toBeLessThan(400);
    const [first] = Object.values(sample.activities);
    const nonce = newNonce();
    const outcome = await first?.act(again, nonce, (await first.arrange?.(again, nonce)) ?? "");
    expect(outcome?.answer, app.logs()).toBe(first?.expected(nonce));
  });

  if (sample.typed) {
    test("type-checks", async () => {
      await typecheckApp(prepared);
    });
  }

  if (sample.usersScript !== undefined) {
    test("has stored the user once", async () => {
      const users = await app.users();
      expect(users.filter((user) => user["email"] === account.email)).toHaveLength(1);
    });
  }
}
