import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { undo } from "../../src/undo.ts";
import { readTree } from "../apply/tree.ts";
import { commitAll, expressApp } from "./app.ts";
import { CTRL_C, DOWN, ENTER, SPACE, play } from "./player.ts";

const APPLY = "Apply?";
const always = (): string => ENTER;

describe("Enter all the way", () => {
  test("takes every default, applies area by area, and tells how to repeat it and take it back", async () => {
    const root = expressApp();
    commitAll(root);
    const before = readTree(root, true);
    const { status, prompts, screen } = await play(root, always);
    expect(status).toBe(0);
    expect(prompts[0]).toBe("Which areas?");
    expect(prompts.filter((prompt) => prompt === APPLY)).toHaveLength(6);
    expect(screen.match(/^ {2}\d of 6 {3}.*$/gm)).toEqual(["  1 of 6   API key and client", "  2 of 6   Customers", "  3 of 6   Usage events", "  4 of 6   Balance gate", "  5 of 6   Billing portal", "  6 of 6   Balance display"]);
    expect(screen).toContain("npx credyt-integrate --yes --areas client,customers,usage,gate,portal,balance");
    expect(screen).toContain("npx credyt-integrate undo");
    expect(screen.match(/Try this/g)?.length).toBeGreaterThanOrEqual(5);
    // What is worth knowing stands at its area, and what is left to a person once more at the end.
    const nothing = "  · New customers are subscribed to no product yet";
    expect(screen.split(nothing)).toHaveLength(3);
    expect(screen.indexOf(nothing)).toBeLessThan(screen.indexOf("  3 of 6"));
    expect(screen.slice(screen.indexOf("  Left to you"))).toContain(nothing);
    await undo(root);
    expect(readTree(root, true)).toEqual(before);
  });

  test("comes to the same files as --yes, config included", async () => {
    const [one, other] = [expressApp(), expressApp()];
    await play(one, always);
    const { unattended } = await import("../../src/cli/unattended.ts");
    const { openSession, survey } = await import("../../src/cli/session.ts");
    const { openTerminal } = await import("../../src/cli/terminal.ts");
    const { readOptions } = await import("../../src/cli/options.ts");
    const { PassThrough } = await import("node:stream");
    const terminal = openTerminal({ stdin: {}, stdout: new PassThrough(), stderr: new PassThrough(), env: {} }, false);
    const found = await survey(other, {}, terminal);
    await unattended(openSession(found, found.apps[0] as never, readOptions({ yes: true, typecheck: false })), terminal);
    expect(readTree(one)).toEqual(readTree(other));
  });

  test("the next run asks nothing and finds nothing to do", async () => {
    const root = expressApp();
    await play(root, always);
    const after = readTree(root, true);
    const { status, prompts, screen } = await play(root, always);
    expect({ status, prompts }).toEqual({ status: 0, prompts: [] });
    expect(screen).toContain("Nothing to do");
    expect(readTree(root, true)).toEqual(after);
  });
});

describe("Ctrl-C", () => {
  test("at every prompt: status 130, nothing half-done, and it says what was applied", async () => {
    const whole = expressApp();
    commitAll(whole);
    const before = readTree(whole, true);
    const { prompts } = await play(whole, always);
    expect(prompts.length).toBeGreaterThan(8);
    for (let at = 0; at < prompts.length; at++) {
      const root = expressApp();
      commitAll(root);
      const played = await play(root, (_prompt, n) => (n === at ? CTRL_C : ENTER));
      const applied = prompts.slice(0, at).filter((prompt) => prompt === APPLY).length;
      expect([at, played.status, played.prompts]).toEqual([at, 130, prompts.slice(0, at + 1)]);
      expect([at, played.farewell]).toEqual([at, applied === 0 ? "Stopped. Nothing was changed." : `Stopped. Applied: ${["API key and client", "Customers", "Usage events", "Balance gate", "Billing portal", "Balance display"].slice(0, applied).join(", ")}.\nTake it back with npx credyt-integrate undo.`]);
      if (applied > 0) await undo(root);
      expect([at, readTree(root, true)]).toEqual([at, before]);
    }
  }, 240_000);
});

describe("other answers", () => {
  test("n at every area changes nothing", async () => {
    const root = expressApp();
    const before = readTree(root, true);
    const { status, screen } = await play(root, (prompt) => (prompt === APPLY ? `n${ENTER}` : ENTER));
    expect(status).toBe(0);
    expect(screen).toContain("Nothing was changed.");
    expect(readTree(root, true)).toEqual(before);
  });

  test("q stops and keeps what was applied before", async () => {
    const root = expressApp();
    let applies = 0;
    const { status, screen } = await play(root, (prompt) => (prompt === APPLY && ++applies === 2 ? `q${ENTER}` : ENTER));
    expect(status).toBe(0);
    expect(screen).toContain("Stopped here. Applied: API key and client\n");
    expect(existsSync(join(root, "lib/credyt/client.js"))).toBe(true);
    expect(existsSync(join(root, "lib/credyt/customers.js"))).toBe(false);
  });

  test("fewer areas are ticked: only those come, and the config remembers it", async () => {
    const root = expressApp();
    const { screen } = await play(root, (prompt) => (prompt === "Which areas?" ? `${DOWN}${DOWN}${DOWN}${SPACE}${DOWN}${SPACE}${DOWN}${SPACE}${ENTER}` : ENTER));
    expect(screen.match(/^ {2}\d of \d {3}.*$/gm)).toEqual(["  1 of 3   API key and client", "  2 of 3   Customers", "  3 of 3   Usage events"]);
    expect(JSON.parse(readFileSync(join(root, "credyt.config.json"), "utf8"))).toMatchObject({ areas: ["client", "customers", "usage"] });
    expect((await play(root, always)).prompts).toEqual([]);
  });

  test("c asks the area's questions again; the new answer is in the files and in the config", async () => {
    const root = expressApp();
    let applies = 0;
    const { prompts } = await play(root, (prompt) => {
      if (prompt === APPLY && ++applies === 4) return `c${ENTER}`;
      if (prompt.startsWith("Which asset") && applies === 4) return `EUR${ENTER}`;
      return ENTER;
    });
    expect(prompts.filter((prompt) => prompt.startsWith("Which asset"))).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(root, "credyt.config.json"), "utf8"))).toMatchObject({ asset: "EUR" });
  });

  test("o takes changes one by one", async () => {
    const root = expressApp();
    const seen: string[] = [];
    const { prompts } = await play(root, (prompt) => {
      const n = seen.push(prompt);
      if (prompt === APPLY) return seen.filter((one) => one === APPLY).length === 1 ? `o${ENTER}` : `q${ENTER}`;
      return prompt.startsWith("This one?") && seen.slice(0, n - 1).some((one) => one.startsWith("This one?")) ? `n${ENTER}` : ENTER;
    });
    expect(prompts.filter((prompt) => prompt.startsWith("This one?")).length).toBeGreaterThanOrEqual(2);
    expect(existsSync(join(root, "lib/credyt/client.js"))).toBe(true);
    expect(readFileSync(join(root, ".env.example"), "utf8")).toBe("PORT=3000\nJWT_SECRET=\n");
  });

  test("a letter that is none of the offered is asked again", async () => {
    const root = expressApp();
    let first = true;
    const { status, screen } = await play(root, (prompt) => {
      if (prompt !== APPLY || !first) return prompt === APPLY ? `q${ENTER}` : ENTER;
      first = false;
      return [`x${ENTER}`, `\u007fq${ENTER}`];
    });
    expect(status).toBe(0);
    expect(screen).toContain("Press one of y, n, c, o, q, then Enter.");
  });

  test("long diffs come a screen at a time", async () => {
    const root = expressApp();
    const { prompts, screen } = await play(root, (prompt) => (/more lines/.test(prompt) ? `s${ENTER}` : prompt === APPLY ? `q${ENTER}` : ENTER), { typecheck: false }, { rows: 30 });
    expect(prompts.some((prompt) => /^\d+ more lines$/.test(prompt))).toBe(true);
    expect(screen).not.toContain("function milliseconds");
    const all = await play(expressApp(), (prompt) => (/more lines/.test(prompt) ? `a${ENTER}` : prompt === APPLY ? `q${ENTER}` : ENTER), { typecheck: false }, { rows: 30 });
    expect(all.screen).toContain("function milliseconds");
  });
});

describe("what stops it", () => {
  test("a dirty tree, before anything is asked but the areas", async () => {
    const root = expressApp();
    commitAll(root);
    writeFileSync(join(root, "routes/notes.js"), `${readFileSync(join(root, "routes/notes.js"), "utf8")}\n// mine\n`);
    await expect(play(root, always)).rejects.toThrow("There are uncommitted changes:\n  routes/notes.js   would be edited");
  });

  test("a file that somebody changes between two areas: what was applied stays, nothing else is written", async () => {
    const root = expressApp();
    let applies = 0;
    const playing = play(root, (prompt) => {
      if (prompt === APPLY && ++applies === 2) writeFileSync(join(root, "routes/auth.js"), "// somebody else\n");
      return ENTER;
    });
    await expect(playing).rejects.toThrow("routes/auth.js changed since it was scanned");
    expect(existsSync(join(root, "lib/credyt/client.js"))).toBe(true);
    expect(existsSync(join(root, "lib/credyt/customers.js"))).toBe(false);
    expect(readFileSync(join(root, "routes/auth.js"), "utf8")).toBe("// somebody else\n");
  });
});

test("areas named on the command line are not asked for", async () => {
  const { prompts, screen } = await play(expressApp(), always, { typecheck: false, areas: "client" });
  expect(prompts).toEqual([APPLY]);
  expect(screen).toContain("npx credyt-integrate --yes --areas client");
});
