import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DEFAULTS, isAnswered, loadChoices, parseChoices, saveChoices, withAnswer } from "../../src/choices.ts";
import { UserError } from "../../src/errors.ts";
import { makeTree } from "../apply/tree.ts";

/** The message of the UserError that reading a text ends with. */
function problem(text: string): string {
  try {
    parseChoices(text, "credyt.config.json");
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).status).toBe(2);
    return (error as UserError).message;
  }
  throw new Error("no problem was found");
}

describe("reading", () => {
  test("no file: defaults, costs not among the areas", () => {
    const root = makeTree({});
    expect(loadChoices(root)).toEqual({ choices: DEFAULTS, path: join(root, "credyt.config.json") });
    expect(DEFAULTS.areas).toEqual(["client", "customers", "usage", "gate", "portal", "balance"]);
  });

  test("what the file says wins over defaults; areas come in their order, and vendors bring costs with them", () => {
    expect(parseChoices('\ufeff{ "products": ["pro"], "areas": ["usage", "client"] }', "x")).toEqual({ ...DEFAULTS, products: ["pro"], areas: ["client", "usage"] });
    expect(parseChoices('{ "vendors": { "openai": { "vendor_id": "vnd_1" } } }', "x").areas.at(-1)).toBe("costs");
  });

  test("a file that was named must be there", () => {
    expect(() => loadChoices(makeTree({}), "nowhere.json")).toThrow("There is no file nowhere.json");
  });

  test("another file can be named", () => {
    const root = makeTree({ "ci.json": '{ "asset": "EUR" }' });
    expect(loadChoices(root, join(root, "ci.json")).choices.asset).toBe("EUR");
  });
});

describe("problems name the line and the way out", () => {
  test.each([
    ['{\n  "product": ["a"]\n}', 'credyt.config.json:2 "product" is not a setting; did you mean "products"?'],
    ['{\n  "return_path": "/"\n}', 'credyt.config.json:2 "return_path" is not a setting; did you mean "returnPath"?'],
    ['{ "zzzzzzzzzz": 1 }', 'credyt.config.json:1 "zzzzzzzzzz" is not a setting; there are products, billing, activities, billable, asset, vendors, returnPath, failurePath, whenUnavailable, pages, areas'],
    ['{ "activities": [\n{ "at": "a.ts#b", "eventtype": "x" }] }', 'credyt.config.json:2 "eventtype" is not a setting in activities[0]; did you mean "eventType"?'],
    ['{ "activities": [{ "eventType": "x" }] }', 'credyt.config.json:1 activities[0] has no "at"'],
    ['{ "activities": [{ "at": "POST" }] }', 'credyt.config.json:1 activities[0].at must be a file and a function, as in "app/api/chat/route.ts#POST"'],
    ['{ "billing": "upfrnt" }', 'credyt.config.json:1 billing must be one of "usage", "upfront"; did you mean "upfront"?'],
    ['{ "areas": ["usage", "cost"] }', 'credyt.config.json:1 areas[1] must be one of "client", "customers", "usage", "gate", "portal", "balance", "costs"; did you mean "costs"?'],
    ['{ "products": "pro" }', "credyt.config.json:1 products must be a list"],
    ['{ "products": ["Pro Plan"] }', "credyt.config.json:1 products[0] must be lower-case letters, digits and underscores, as Credyt's product codes are"],
    ['{ "returnPath": "https://x.y" }', "credyt.config.json:1 returnPath must be a path of the app that begins with /"],
    ['{ "vendors": { "openai": {} } }', 'credyt.config.json:1 vendors.openai must have exactly one of "vendor_id", "vendor_external_id"'],
    ['{ "asset": "USD",\n  "asset": "EUR" }', 'credyt.config.json:2 "asset" stands there twice'],
    ['{\n  "asset": "USD",\n}', "credyt.config.json:3 is not valid JSON: a comma stands before the end"],
    ['{\n  // mine\n  "asset": "USD"\n}', "credyt.config.json:2 is not valid JSON: a name in double quotes is missing"],
    ['{ "asset": \'USD\' }', "credyt.config.json:1 is not valid JSON: text stands in double quotes"],
    ["[]", "credyt.config.json:1 is not valid JSON: it must be an object in braces"],
    ["", "credyt.config.json:1 is not valid JSON: a value is missing"],
    ['{ "asset": 1,\n "billing": 2 }', 'credyt.config.json:1 asset must be text\ncredyt.config.json:2 billing must be one of "usage", "upfront"'],
  ])("%s", (text, message) => {
    expect(problem(text)).toBe(message);
  });
});

describe("writing", () => {
  const at = "app/api/chat/route.ts#POST";

  test("a new file begins with $schema and can be read back", () => {
    const text = saveChoices(undefined, new Map<string, never>([["products", ["pro"]], ["pages.control", "app/page.tsx"], [`activities.${at}.eventType`, "chat"], [`activities.${at}.billed`, true]] as never));
    expect(text).toBe(`{
  "$schema": "https://unpkg.com/credyt-integrate/schema/credyt.config.schema.json",
  "products": ["pro"],
  "pages": {
    "control": "app/page.tsx"
  },
  "activities": [
    {
      "at": "app/api/chat/route.ts#POST",
      "eventType": "chat",
      "billed": true
    }
  ]
}
`);
    expect(parseChoices(text, "x")).toEqual({ ...DEFAULTS, products: ["pro"], pages: { control: "app/page.tsx" }, activities: [{ at, eventType: "chat", billed: true }] });
  });

  test("what is there keeps its order and form; only values that changed are written", () => {
    const text = `{\r\n\t"asset":   "USD",\r\n\t"activities": [ { "at": "${at}", "billed": false } ],\r\n\t"products": []\r\n}`;
    const saved = saveChoices(text, new Map<string, never>([["asset", "USD"], ["products", ["a", "b"]], [`activities.${at}.billed`, true], [`activities.${at}.estimate`, 0.5], ["billing", "usage"]] as never));
    expect(saved).toBe(`{\r\n\t"asset":   "USD",\r\n\t"activities": [ { "at": "${at}", "billed": true,\r\n\t\t\t"estimate": 0.5 } ],\r\n\t"products": ["a", "b"],\r\n\t"billing": "usage"\r\n}`);
  });

  test("an empty object and an empty list take their first member", () => {
    expect(saveChoices("{}", new Map([["asset", "EUR"]]))).toBe('{\n  "asset": "EUR"\n}');
    expect(saveChoices('{\n  "activities": []\n}\n', new Map([[`activities.${at}.eventType`, "chat"]]))).toBe(`{\n  "activities": [\n    {\n      "at": "${at}",\n      "eventType": "chat"\n    }\n  ]\n}\n`);
  });

  test("saving the same answers again changes nothing", () => {
    const answers = new Map<string, never>([["products", ["pro"]], [`activities.${at}.eventType`, "chat"], ["vendors", { openai: { vendor_external_id: "openai" } }]] as never);
    const once = saveChoices(undefined, answers);
    expect(saveChoices(once, answers)).toBe(once);
  });
});

describe("answers", () => {
  const text = '{ "asset": "USD", "pages": { "control": "a.tsx" }, "activities": [{ "at": "a.ts#f", "eventType": "chat" }] }';

  test.each([["asset", true], ["products", false], ["pages.control", true], ["pages.balance", false], ["activities.a.ts#f.eventType", true], ["activities.a.ts#f.billed", false], ["activities.b.ts#f.eventType", false]])("%s answered: %s", (key, answered) => {
    expect(isAnswered({ text }, key)).toBe(answered);
  });

  test("each goes to its place", () => {
    const one = withAnswer(withAnswer(withAnswer(DEFAULTS, "asset", "EUR"), "pages.control", "a.tsx"), "activities.a.ts#X.run.eventType", "chat");
    expect(one).toEqual({ ...DEFAULTS, asset: "EUR", pages: { control: "a.tsx" }, activities: [{ at: "a.ts#X.run", eventType: "chat" }] });
    expect(withAnswer(one, "activities.a.ts#X.run.billed", false).activities).toEqual([{ at: "a.ts#X.run", eventType: "chat", billed: false }]);
  });
});

test("the schema and the defaults know the same settings", () => {
  const root = makeTree({});
  writeFileSync(join(root, "credyt.config.json"), JSON.stringify(DEFAULTS));
  expect(loadChoices(root).choices).toEqual(DEFAULTS);
});
