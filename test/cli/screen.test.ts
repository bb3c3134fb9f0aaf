import { stripVTControlCharacters } from "node:util";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import type { AppSurvey, Patch, Survey, Verdict } from "../../src/domain.ts";
import { raw } from "../../src/code/code.ts";
import { areaHead, showHandoffs, showNotes, showTries, showVerdict } from "../../src/cli/show/area.ts";
import { showCoverage } from "../../src/cli/show/coverage.ts";
import { diffLines, fileList } from "../../src/cli/show/diff.ts";
import { columns, cut, widthOf, wrap } from "../../src/cli/show/layout.ts";
import { headline, showScan } from "../../src/cli/show/scan.ts";
import { openTerminal, type Terminal } from "../../src/cli/terminal.ts";
import type { AreaReport } from "../../src/report/report.ts";
import { BLANK } from "../blank.ts";

interface Look {
  readonly columns?: number;
  readonly tty?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly color?: boolean;
}

function terminal({ columns = 80, tty = false, env = {}, color }: Look = {}): Terminal & { readonly progressed: () => string } {
  let progressed = "";
  const stderr = Object.assign(new PassThrough().on("data", (chunk: Buffer) => (progressed += chunk.toString())), { isTTY: tty });
  return { ...openTerminal({ stdin: { isTTY: tty }, stdout: Object.assign(new PassThrough(), { isTTY: tty, columns }), stderr, env }, color), progressed: () => progressed };
}

const evidence = (file: string, line: number): { file: string; line: number; text: string } => ({ file, line, text: "" });
const site = { confidence: 0.9, evidence: [], wired: [] };
const app = {
  ...BLANK,
  name: "shop", framework: { id: "next", title: "Next.js", version: "15.1.0", variant: "app-router", evidence: [evidence("package.json", 31)] },
  auth: [{ id: "next-auth", title: "Auth.js", version: "5.0.0-beta.25", variant: "Auth.js 5", evidence: [evidence("app/(auth)/auth.ts", 41)] }],
  datastore: { id: "drizzle", title: "Drizzle", version: "0.45.2", evidence: [], userModel: { name: "user", file: "lib/db/schema.ts", line: 14, id: { name: "id", type: "string" } } },
  signups: [{ ...site, file: "app/(auth)/actions.ts", line: 69, symbol: "register", kind: "server-action", tool: "drizzle", user: {} }],
  billables: [
    { ...site, file: "app/(chat)/api/chat/route.ts", line: 269, symbol: "POST", call: "streamText", provider: "ai-sdk", streaming: true, eventType: "chat", user: { text: "session.user.id", id: raw("x") } },
    { ...site, file: "app/(chat)/actions.ts", line: 28, symbol: "generateTitleFromUserMessage", call: "generateText", provider: "ai-sdk", streaming: false, eventType: "chat" },
  ],
  pages: [{ kind: "settings", file: "app/settings/page.tsx", line: 12, view: "react", evidence: [], url: "/settings" }],
} as unknown as AppSurvey;
const survey: Survey = { root: "/srv/shop", apps: [app], stats: { files: 400, read: 312, parsed: 40, milliseconds: 412 } };

describe("the scan", () => {
  test("--verbose says how sure each find is, and by which lines", () => {
    const seen = { ...app, billables: [], signups: [{ ...app.signups[0], evidence: [{ file: "app/(auth)/actions.ts", line: 69, text: "await createUser(email)" }] }] } as unknown as AppSurvey;
    const said = showScan(terminal(), survey, seen, true).split("\n").map((line) => line.trim().replace(/ {2,}/g, "  "));
    expect(said.slice(3, 6)).toEqual(["Sign-up  register  app/(auth)/actions.ts:69", "90 % sure, seen by", "· await createUser(email)  app/(auth)/actions.ts:69"]);
    expect(showScan(terminal(), survey, seen)).not.toContain("sure");
  });

  test("as it looks at 80 columns", () => {
    const screen = terminal();
    expect(headline(screen, "0.1.0", survey) + showScan(screen, survey, app)).toBe(`
  credyt-integrate 0.1.0                                 read 312 files in 0.4 s

  Framework  Next.js 15.1, App Router           package.json:31
  Auth       Auth.js 5.0                        app/(auth)/auth.ts:41
  Data       Drizzle 0.45, users in user        lib/db/schema.ts:14
  Sign-up    register                           app/(auth)/actions.ts:69
  Billable   streamText in POST                 app/(chat)/api/chat/route.ts:269
             generateText in                    app/(chat)/actions.ts:28
             generateTitleFromUserMessage
               no user in reach
  Page       settings /settings                 app/settings/page.tsx:12
`);
  });

  test("as it looks at 140 columns", () => {
    expect(showScan(terminal({ columns: 140 }), survey, app)).toBe(`  Framework  Next.js 15.1, App Router                       package.json:31
  Auth       Auth.js 5.0                                    app/(auth)/auth.ts:41
  Data       Drizzle 0.45, users in user                    lib/db/schema.ts:14
  Sign-up    register                                       app/(auth)/actions.ts:69
  Billable   streamText in POST                             app/(chat)/api/chat/route.ts:269
             generateText in generateTitleFromUserMessage   app/(chat)/actions.ts:28           no user in reach
  Page       settings /settings                             app/settings/page.tsx:12
`);
  });

  test("as it looks at 60 columns: places go below", () => {
    expect(showScan(terminal({ columns: 60 }), survey, app)).toBe(`  Framework  Next.js 15.1, App Router
             package.json:31
  Auth       Auth.js 5.0
             app/(auth)/auth.ts:41
  Data       Drizzle 0.45, users in user
             lib/db/schema.ts:14
  Sign-up    register
             app/(auth)/actions.ts:69
  Billable   streamText in POST
             app/(chat)/api/chat/route.ts:269
             generateText in generateTitleFromUserMessage
             app/(chat)/actions.ts:28
               no user in reach
  Page       settings /settings
             app/settings/page.tsx:12
`);
  });
});

const patch: Patch = { files: [
  { file: "app/(chat)/api/chat/route.ts", before: "const result = streamText({ model });\nreturn result.toDataStreamResponse();\n", after: "const result = streamText({ model, onFinish: ({ totalUsage }) => recordUsage({ userId: session.user.id, eventType: 'chat', data: { total_tokens: totalUsage.totalTokens } }) });\nreturn result.toDataStreamResponse();\n" },
  { file: "lib/credyt/usage.ts", after: "\texport {};\n" },
  { file: ".env", before: "SECRET=1\n", after: "SECRET=1\nCREDYT_API_KEY=\n" },
] };
const handoff = { area: "usage", title: "generateTitleFromUserMessage: generateText", reason: "No signed-in user is in reach of this call, and its three callers pass none either.", evidence: evidence("app/(chat)/actions.ts", 28), file: "app/(chat)/actions.ts", paste: raw("await recordUsage();") } as const;
const area: AreaReport = { area: "usage", title: "Usage events", changes: [{ id: "1", area: "usage", title: "POST: streamText", edits: [], needs: [], evidence: evidence("app/(chat)/api/chat/route.ts", 269) }], handoffs: [handoff], notes: [], tries: ["Use POST /api/chat once, then look for one chat event of that user."], patch };
const verdict: Verdict = { newTypeErrors: [{ ...evidence("lib/credyt/usage.ts", 12), code: "TS2322", message: "Type 'string | undefined' is not assignable to type 'string'." }], leaks: [{ chain: ["app/page.tsx", "lib/credyt/usage.ts", "lib/credyt/client.ts"] }], broken: [], typecheck: "failed", oldTypeErrors: 3 };

/** Everything that is shown of an area. */
const shown = (screen: Terminal): string => [
  areaHead(screen, survey.root, area, "3 of 6"), ...diffLines(screen, patch).map((line) => `${line}\n`), showVerdict(screen, verdict, 1),
  showHandoffs(screen, app, survey.root, [handoff]), showNotes(screen, app, [{ area: "usage", kind: "not-billed", title: "moderateText in POST is not billed: it is moderation", evidence: evidence("app/(chat)/api/chat/route.ts", 250) }]), showTries(screen, area.tries),
  showCoverage(screen, survey.root, { app, tallies: [{ label: "metered", done: 1, of: 2 }], gaps: [{ rule: "unmetered-activity", area: "usage", subject: "generateText in generateTitleFromUserMessage", lacks: "no usage event", how: "hand", evidence: handoff.evidence }], exempt: [] }),
].join("");

describe("an area", () => {
  test("as it looks at 80 columns, without colour", () => {
    expect(shown(terminal())).toBe(`
  3 of 6   Usage events
  · POST: streamText  app/(chat)/api/chat/route.ts:269

  ~ app/(chat)/api/chat/route.ts   +1 -1
  + lib/credyt/usage.ts            new, 1 line
  ~ .env                           +1

  app/(chat)/api/chat/route.ts
   1 - const result = streamText({ model });
   1 + const result = streamText({ model, onFinish: ({ totalUsage }) =>
       recordUsage({ userId: session.user.id, eventType: 'chat', data: {
       total_tokens: totalUsage.totalTokens } }) });
   2   return result.toDataStreamResponse();

  lib/credyt/usage.ts  new
   1 +     export {};

  .env
   2 + CREDYT_API_KEY=
  ✖ types: 1 new error (3 were there before)
  ✖ key would reach the browser: app/page.tsx → lib/credyt/usage.ts →
    lib/credyt/client.ts
  ! 1 handoff (shown below)
    lib/credyt/usage.ts:12 TS2322 Type 'string | undefined' is not assignable to
    type 'string'.

  ! generateTitleFromUserMessage: generateText  app/(chat)/actions.ts:28
    No signed-in user is in reach of this call, and its three callers pass none
    either.
    Paste into app/(chat)/actions.ts:
      await recordUsage();
  · moderateText in POST is not billed: it is moderation
    (app/(chat)/api/chat/route.ts:250)

  Try this
    Use POST /api/chat once, then look for one chat event of that user.

  shop   metered 1 of 2

  ✖  generateText in generateTitleFromUserMessage: no   app/(chat)/actions.ts:28
     usage event (by hand)

  1 gap. Wire it by hand; --dry-run shows the code to paste. Is an activity not
  to be billed? Say so in credyt.config.json: "billed": false.
`);
  });

  test.each([60, 72, 80, 100, 137, 200])("no line is wider than %i columns", (columns) => {
    const lines = (showScan(terminal({ columns }), survey, app) + headline(terminal({ columns }), "0.1.0", survey) + shown(terminal({ columns }))).split("\n");
    const tooWide = lines.filter((line) => widthOf(line) > columns && !/^ {6}\S/.test(line));
    expect(tooWide).toEqual([]);
  });

  test("in colour says the same words", () => {
    const colored = shown(terminal({ tty: true, env: { FORCE_COLOR: "1" } }));
    expect(colored).not.toBe(stripVTControlCharacters(colored));
    expect(stripVTControlCharacters(colored)).toBe(shown(terminal()));
  });

  test("marks the words that changed, and only those", () => {
    const screen = terminal({ color: true, env: {} });
    const lines = diffLines(screen, { files: [{ file: "a.ts", before: "const a = call(one, two);\n", after: "const a = await call(one, two);\n" }] });
    const marked = lines.flatMap((line) => [...line.matchAll(/\u001b\[7m(.*?)\u001b\[27m/g)].map((match) => match[1]));
    expect(marked).toEqual(["await "]);
  });
});

describe("colour", () => {
  test.each<[string, Look, number]>([
    ["a terminal", { tty: true }, 1], ["no terminal", {}, 0], ["a dumb one", { tty: true, env: { TERM: "dumb" } }, 0],
    ["NO_COLOR in a terminal", { tty: true, env: { NO_COLOR: "1" } }, 0], ["an empty NO_COLOR", { tty: true, env: { NO_COLOR: "" } }, 1],
    ["FORCE_COLOR without a terminal", { env: { FORCE_COLOR: "1" } }, 1], ["FORCE_COLOR=0 in a terminal", { tty: true, env: { FORCE_COLOR: "0" } }, 0], ["FORCE_COLOR=3", { env: { FORCE_COLOR: "3" } }, 3],
    ["NO_COLOR against FORCE_COLOR", { env: { NO_COLOR: "1", FORCE_COLOR: "1" } }, 0], ["--color against NO_COLOR", { color: true, env: { NO_COLOR: "1" } }, 1], ["--no-color against FORCE_COLOR", { tty: true, color: false, env: { FORCE_COLOR: "3" } }, 0],
  ])("%s", (_name, look, level) => {
    expect(Math.min(terminal(look).paint.level, level === 3 ? 3 : 1)).toBe(level);
  });
});

describe("links", () => {
  const link = (look: Look): string => terminal(look).link("a b.ts:3", "/srv/shop", "a b.ts");

  test("where the terminal is known to show them", () => {
    expect(link({ tty: true, env: { TERM_PROGRAM: "iTerm.app" } })).toMatch(/^\u001b\]8;;file:\/\/[^/]*\/srv\/shop\/a%20b\.ts\u0007a b\.ts:3\u001b\]8;;\u0007$/);
    expect(widthOf(link({ tty: true, env: { VTE_VERSION: "7200" } }))).toBe(8);
  });

  test.each<[string, Look]>([["unknown", { tty: true }], ["no terminal", { env: { TERM_PROGRAM: "iTerm.app" } }], ["no colour", { tty: true, color: false, env: { TERM_PROGRAM: "iTerm.app" } }], ["in CI", { tty: true, env: { CI: "true", TERM_PROGRAM: "vscode" } }]])("not where it is %s", (_name, look) => {
    expect(link(look)).toBe("a b.ts:3");
  });
});

describe("the rest", () => {
  test("width keeps to 60 and 200", () => {
    expect([10, 60, 99, 500].map((columns) => terminal({ columns }).width)).toEqual([60, 60, 99, 200]);
  });

  test("progress is shown in a terminal only, not at once, and leaves no trace", async () => {
    const quick = terminal({ tty: true });
    quick.progress("reading").done();
    expect(quick.progressed()).toBe("");
    const piped = terminal({});
    const slowly = async (screen: ReturnType<typeof terminal>): Promise<string> => {
      const progress = screen.progress("reading");
      await new Promise((resolve) => setTimeout(resolve, 350));
      progress.done();
      return screen.progressed();
    };
    expect(await slowly(piped)).toBe("");
    expect(await slowly(terminal({ tty: true }))).toMatch(/^\r\u001b\[2K. reading(?:.|\s)*\r\u001b\[2K$/);
  });

  test("wide letters count as two, marks as none", () => {
    expect([widthOf("文件"), widthOf("e\u0301"), widthOf("\u001b[31mred\u001b[39m")]).toEqual([4, 1, 3]);
    expect(cut("文件文件", 4)).toEqual(["文件", "文件"]);
    expect(wrap("a verylongword b", 6)).toEqual(["a", "verylo", "ngword", "b"]);
    expect(columns([], 80, (text) => text)).toEqual([]);
  });

  test("a name that is wider than the line is cut behind a mark in it, and not at all for the sake of its place", () => {
    expect(cut("generateInvoiceSummary.forCustomer", 28)).toEqual(["generateInvoiceSummary.", "forCustomer"]);
    const rows = [{ label: "POST", text: "createIllustratedStoryFromOutline", place: "app/api/stories/[id]/route.ts:120" }];
    expect(columns(rows, 72, (text) => text)).toEqual(["  POST  createIllustratedStoryFromOutline", "        app/api/stories/[id]/route.ts:120"]);
  });

  test("a list of files is aligned", () => {
    expect(fileList(terminal(), "/srv", { files: [{ file: "a.ts", after: "1\n2\n" }, { file: "longer.ts", before: "1\n", after: "" }] })).toEqual(["  + a.ts        new, 2 lines", "  ~ longer.ts   -1"]);
  });
});
