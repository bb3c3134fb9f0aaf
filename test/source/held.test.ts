import { expect, test } from "vitest";
import { code, raw, textOf } from "../../src/code/code.ts";
import type { AppSurvey, Edit, Plan } from "../../src/domain.ts";
import { stage } from "../../src/stage.ts";
import { heldBy } from "../../src/source/typescript/held.ts";
import { readFacts } from "../../src/source/typescript/facts.ts";
import { OURS } from "../../src/code/style.ts";
import { BLANK } from "../blank.ts";
import { callIn, memoryCode } from "./memory.ts";

/** The file after `record(<value>);` was put where the result of `call(…)` is known; or the reason why it was not. */
function placed(text: string, path = "usage.total"): string {
  const codebase = memoryCode({ "a.ts": text });
  const held = heldBy(callIn(codebase, "a.ts", "call"), { fresh: "result" });
  if (!("place" in held)) return held.reason;
  const value = held.value(path);
  const edits: readonly Edit[] = held.place(code`await record(${value ?? raw("?")});`);
  const app: AppSurvey = { ...BLANK, facts: () => readFacts(codebase, "a.ts", OURS, "esm"), text: () => text };
  const planned: Plan = { app, changes: [{ id: "x", area: "usage", title: "", edits, needs: [] }], handoffs: [], notes: [], questions: [], tries: [] };
  return stage(planned, new Set(["x"])).files[0]?.after ?? "";
}

test.each([
  ["a name", "async function f() {\n  const r = await call();\n  return r;\n}\n", "async function f() {\n  const r = await call();\n  await record(r.usage.total);\n  return r;\n}\n"],
  ["a destructured result is widened", "async function f() {\n  const { text } = await call();\n}\n", "async function f() {\n  const { text, usage } = await call();\n  await record(usage.total);\n}\n"],
  ["a property that is there already", "async function f() {\n  const { usage: u } = await call();\n}\n", "async function f() {\n  const { usage: u } = await call();\n  await record(u.total);\n}\n"],
  ["an assignment", "async function f() {\n  let r;\n  r = await call();\n}\n", "async function f() {\n  let r;\n  r = await call();\n  await record(r.usage.total);\n}\n"],
  ["a returned call is split", "async function f() {\n  return call();\n}\n", "async function f() {\n  const result = await call();\n  await record(result.usage.total);\n  return result;\n}\n"],
  ["a returned awaited call is split", "async function f() {\n  return await call({\n    a: 1,\n  });\n}\n", "async function f() {\n  const result = await call({\n    a: 1,\n  });\n  await record(result.usage.total);\n  return result;\n}\n"],
  ["an arrow's body becomes a block", "const f = async () => call();\n", "const f = async () => {\n  const result = await call();\n  await record(result.usage.total);\n  return result;\n};\n"],
  ["a promise chain", "app.get('/', (req, res) => {\n  call().then((r) => {\n    res.json(r);\n  });\n});\n", "app.get('/', (req, res) => {\n  call().then(async (r) => {\n    await record(r.usage.total);\n    res.json(r);\n  });\n});\n"],
  ["a part of the result", "async function f() {\n  const u = (await call()).usage;\n}\n", "async function f() {\n  const u = (await call()).usage;\n  await record(u.total);\n}\n"],
  ["a statement in a one-line function", "async function f() { const r = await call(); return r; }\n", "async function f() { const r = await call(); await record(r.usage.total); return r; }\n"],
])("%s", (_name, before, after) => {
  expect(placed(before)).toBe(after);
});

test.each([
  ["inside a larger expression", "async function f() {\n  send(await call());\n}\n", "its result is used inside a larger expression"],
  ["without braces", "async function f() {\n  if (x) await call();\n}\n", "no statement may be added beside it"],
  ["in a constructor", "class A {\n  constructor() {\n    const r = call();\n  }\n}\n", "no statement may be added beside it"],
])("refused: %s", (_name, text, reason) => {
  expect(placed(text)).toBe(reason);
});

test("a value outside the part that is kept cannot be read", () => {
  const codebase = memoryCode({ "a.ts": "async function f() { const t = (await call()).text; }" });
  const held = heldBy(callIn(codebase, "a.ts", "call"), { fresh: "result" });
  expect("value" in held ? held.value("usage.total") : "x").toBeUndefined();
  expect("value" in held ? textOf(held.value("text.length") ?? raw("")) : "x").toBe("t.length");
});
