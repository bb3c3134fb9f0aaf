import { describe, expect, test } from "vitest";
import type { AppSurvey, Style, Verdict } from "../../src/domain.ts";
import { code, fromFile } from "../../src/code/code.ts";
import type { Coverage } from "../../src/report/coverage.ts";
import { checkAnnotations, dryRunAnnotations } from "../../src/report/github.ts";
import { checkJson, dryRunJson } from "../../src/report/json.ts";
import { checkMarkdown, dryRunMarkdown } from "../../src/report/markdown.ts";
import type { AppReport } from "../../src/report/report.ts";
import { checkSarif, dryRunSarif } from "../../src/report/sarif.ts";
import { BLANK } from "../blank.ts";

const style: Style = { quotes: "single", semicolons: false, indent: "  ", newline: "\n", trailingComma: true };
const app: AppSurvey = {
  ...BLANK,
  dir: "apps/web", name: "web_app", language: "typescript", framework: { id: "next", title: "Next.js", evidence: [{ file: "apps/web/package.json", line: 3, text: '"next": "15"' }] },
  style,
};
const clean: Verdict = { newTypeErrors: [], leaks: [], broken: [], typecheck: "passed", oldTypeErrors: 2 };

const patch = { files: [
  { file: "apps/web/app/api/chat/route.ts", before: "a\n", after: "a\nawait recordUsage()\n" },
  { file: "apps/web/.env.local", before: "SECRET=s3cret\n", after: "SECRET=s3cret\nCREDYT_API_KEY=\n" },
  { file: "apps/web/lib/credyt/usage.ts", after: "export {}\n" },
] };
const change = { id: "usage.1", area: "usage", title: "POST: streamText", edits: [], needs: [], evidence: { file: "apps/web/app/api/chat/route.ts", line: 12, text: "const a = streamText()" } } as const;
const handoff = {
  area: "usage", title: "helper: generateText", reason: "The user is out of reach.", file: "packages/ai/title.ts", evidence: { file: "packages/ai/title.ts", line: 7, text: "generateText({" },
  paste: code`await ${fromFile("recordUsage", "apps/web/lib/credyt/usage.ts")}({ userId: "x" });`,
} as const;
const report: AppReport = {
  app, patch, verdict: clean, withdrawn: 0, changePatch: () => patch,
  questions: [{ area: "usage", key: "activities.a#b.eventType", message: "Which event type?", fallback: "chat" }, { area: "gate", key: "asset", message: "Which asset?" }],
  areas: [{ area: "usage", title: "Usage events", changes: [change], handoffs: [handoff], notes: [{ area: "usage", kind: "not-billed", title: "a title is not billed", evidence: change.evidence }], tries: ["Use POST /api/chat once."], patch }],
};
const coverage: Coverage = {
  app, tallies: [{ label: "metered", done: 5, of: 6 }],
  gaps: [
    { rule: "unmetered-activity", area: "usage", subject: "streamText in POST", lacks: "no usage event", how: "run", evidence: change.evidence },
    { rule: "ungated-activity", area: "gate", subject: "generateText in helper, 100%", lacks: "no balance check in front", how: "hand", evidence: handoff.evidence },
  ],
  exempt: [{ what: "moderate in POST", why: "moderation", evidence: change.evidence }],
};

describe("json", () => {
  test("a change that belongs to no place has the framework's evidence", () => {
    const { evidence: _evidence, ...placeless } = change;
    const { areas } = JSON.parse(dryRunJson([{ ...report, areas: report.areas.map((area) => ({ ...area, changes: [placeless] })) }])) as { areas: { changes: { evidence: object }[] }[] };
    expect(areas[0]?.changes[0]?.evidence).toEqual({ file: "package.json", line: 3, text: '"next": "15"' });
  });

  test("of a dry run is the contract's document", () => {
    const text = dryRunJson([report]);
    expect(JSON.parse(text)).toEqual({
      schemaVersion: 1,
      app: { dir: "apps/web", name: "web_app", framework: "next", language: "typescript" },
      areas: [{
        area: "usage",
        changes: [{
          id: "usage.1", title: "POST: streamText", evidence: { file: "app/api/chat/route.ts", line: 12, text: "const a = streamText()" }, verdict: "passed",
          files: [
            { file: "app/api/chat/route.ts", kind: "edit", diff: "diff --git a/apps/web/app/api/chat/route.ts b/apps/web/app/api/chat/route.ts\n--- a/apps/web/app/api/chat/route.ts\n+++ b/apps/web/app/api/chat/route.ts\n@@ -1 +1,2 @@\n a\n+await recordUsage()\n" },
            { file: ".env.local", kind: "edit", diff: "+CREDYT_API_KEY=\n" },
            { file: "lib/credyt/usage.ts", kind: "create", diff: "diff --git a/apps/web/lib/credyt/usage.ts b/apps/web/lib/credyt/usage.ts\nnew file mode 100644\n--- /dev/null\n+++ b/apps/web/lib/credyt/usage.ts\n@@ -0,0 +1 @@\n+export {}\n" },
          ],
        }],
        handoffs: [{ title: "helper: generateText", reason: "The user is out of reach.", evidence: { file: "packages/ai/title.ts", outside: true, line: 7, text: "generateText({" }, paste: "import { recordUsage } from '../../apps/web/lib/credyt/usage'\n\nawait recordUsage({ userId: 'x' })", file: "packages/ai/title.ts", outside: true }],
        notes: [{ kind: "not-billed", title: "a title is not billed", evidence: { file: "app/api/chat/route.ts", line: 12, text: "const a = streamText()" } }],
        tries: ["Use POST /api/chat once."],
      }],
      questions: [{ area: "usage", key: "activities.a#b.eventType", message: "Which event type?", fallback: "chat" }, { area: "gate", key: "asset", message: "Which asset?" }],
      verdict: { newTypeErrors: [], leaks: [], broken: [], typecheck: "passed", oldTypeErrors: 2 },
    });
    expect(text).not.toContain("s3cret");
  });

  test("of several apps holds one for each", () => {
    expect(Object.keys(JSON.parse(dryRunJson([report, report])) as object)).toEqual(["schemaVersion", "apps"]);
  });

  test("of a check says whether all is well, and every gap with its place", () => {
    expect(JSON.parse(checkJson([coverage]))).toEqual({ schemaVersion: 1, ok: false, apps: [{
      app: { dir: "apps/web", name: "web_app" }, tallies: [{ label: "metered", done: 5, of: 6 }],
      gaps: [
        { rule: "unmetered-activity", area: "usage", what: "streamText in POST: no usage event", how: "run", evidence: { file: "app/api/chat/route.ts", line: 12, text: "const a = streamText()" } },
        { rule: "ungated-activity", area: "gate", what: "generateText in helper, 100%: no balance check in front", how: "hand", evidence: { file: "packages/ai/title.ts", outside: true, line: 7, text: "generateText({" } },
      ],
      exempt: [{ what: "moderate in POST", why: "moderation", evidence: { file: "app/api/chat/route.ts", line: 12, text: "const a = streamText()" } }],
    }] });
    expect((JSON.parse(checkJson([{ ...coverage, gaps: [] }])) as { ok: boolean }).ok).toBe(true);
  });
});

describe("markdown", () => {
  test("of a dry run", () => {
    expect(dryRunMarkdown([report])).toBe(`## Credyt billing in web\\_app

| Area | Changes | Files | By hand |
| --- | --- | --- | --- |
| Usage events | 1 | 1 new, 2 edited | 1 |

- ✅ types: no new errors (2 were there before)
- ✅ key stays on the server

### Usage events

- POST: streamText (\`apps/web/app/api/chat/route.ts:12\`)
- **By hand:** helper: generateText (\`packages/ai/title.ts:7\`). The user is out of reach.

\`\`\`ts
import { recordUsage } from '../../apps/web/lib/credyt/usage'

await recordUsage({ userId: 'x' })
\`\`\`


<details><summary>Diff, 3 files</summary>

\`\`\`diff
diff --git a/apps/web/app/api/chat/route.ts b/apps/web/app/api/chat/route.ts
--- a/apps/web/app/api/chat/route.ts
+++ b/apps/web/app/api/chat/route.ts
@@ -1 +1,2 @@
 a
+await recordUsage()
diff --git a/apps/web/lib/credyt/usage.ts b/apps/web/lib/credyt/usage.ts
new file mode 100644
--- /dev/null
+++ b/apps/web/lib/credyt/usage.ts
@@ -0,0 +1 @@
+export {}
\`\`\`

</details>

Try this: Use POST /api/chat once.

### Answers in use

| Setting | Question | Default |
| --- | --- | --- |
| \`activities.a#b.eventType\` | Which event type? | \`chat\` |
| \`asset\` | Which asset? | **needed** |

Apply with \`npx credyt-integrate\`, or \`npx credyt-integrate --yes\` where nobody can answer.
`);
  });

  test("leaves diffs out when GitHub would cut the comment, and says how it is applied all the same", () => {
    const big = { files: [{ file: "big.ts", after: "x".repeat(70_000) }] };
    const text = dryRunMarkdown([{ ...report, areas: report.areas.map((area) => ({ ...area, patch: big })) }]);
    expect(text.length).toBeLessThan(60_000);
    expect(text).toMatch(/Apply with `npx credyt-integrate`/);
  });

  test("a fence is longer than any in the text", () => {
    const paste = code`const a = "\`\`\`\`";`;
    expect(dryRunMarkdown([{ ...report, areas: report.areas.map((area) => ({ ...area, handoffs: [{ ...handoff, paste }] })) }])).toMatch(/^`{5}ts\n/m);
  });

  test("of a check", () => {
    expect(checkMarkdown([coverage])).toBe(`## Credyt billing in web\\_app

❌ 2 gaps

|  | Done |
| --- | --- |
| metered | 5 of 6 |

| Where | What | Mend |
| --- | --- | --- |
| \`apps/web/app/api/chat/route.ts:12\` | streamText in POST: no usage event | \`npx credyt-integrate\` |
| \`packages/ai/title.ts:7\` | generateText in helper, 100%: no balance check in front | by hand |

<details><summary>Not billed</summary>

- moderate in POST (\`apps/web/app/api/chat/route.ts:12\`): moderation

</details>
`);
  });
});

describe("annotations", () => {
  test("escape what ends a workflow command early", () => {
    expect(checkAnnotations([coverage])).toBe(
      "::error file=apps/web/app/api/chat/route.ts,line=12,title=Credyt billing::streamText in POST: no usage event. Run npx credyt-integrate to wire it.\n" +
      "::error file=packages/ai/title.ts,line=7,title=Credyt billing::generateText in helper, 100%25: no balance check in front. It must be wired by hand.\n");
    const odd = { ...coverage, gaps: [{ ...coverage.gaps[0], subject: "a\nb", evidence: { file: "a,b:c.ts", line: 0, text: "" } }] } as Coverage;
    expect(checkAnnotations([odd])).toBe("::error file=a%2Cb%3Ac.ts,line=1,title=Credyt billing::a%0Ab: no usage event. Run npx credyt-integrate to wire it.\n");
  });

  test("of a dry run: a notice for a change, a warning for a handoff", () => {
    expect(dryRunAnnotations([report])).toBe(
      "::notice file=apps/web/app/api/chat/route.ts,line=12,title=Credyt%3A Usage events::POST: streamText\n" +
      "::warning file=packages/ai/title.ts,line=7,title=Credyt%3A Usage events::helper: generateText. The user is out of reach.\n");
  });
});

describe("sarif", () => {
  interface Sarif {
    readonly version: string;
    readonly runs: readonly { readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } }; readonly results: readonly { readonly ruleId: string; readonly ruleIndex: number; readonly level: string; readonly message: { readonly text: string }; readonly locations: readonly unknown[] }[] }[];
  }

  test("of a check: an error at each gap, whose rule is described", () => {
    const sarif = JSON.parse(checkSarif([coverage], "1.2.3")) as Sarif;
    expect(sarif.version).toBe("2.1.0");
    const [run] = sarif.runs;
    expect(run?.tool.driver).toEqual({ name: "credyt-integrate", semanticVersion: "1.2.3", informationUri: "https://docs.credyt.ai", rules: [
      { id: "unmetered-activity", shortDescription: { text: "A billable activity sends no usage event" } },
      { id: "ungated-activity", shortDescription: { text: "A billable activity is not behind a balance check" } },
    ] });
    expect(run?.results.map(({ ruleId, ruleIndex, level }) => [ruleId, ruleIndex, level])).toEqual([["unmetered-activity", 0, "error"], ["ungated-activity", 1, "error"]]);
    expect(run?.results[0]?.locations).toEqual([{ physicalLocation: { artifactLocation: { uri: "apps/web/app/api/chat/route.ts", uriBaseId: "ROOT" }, region: { startLine: 12, snippet: { text: "const a = streamText()" } } } }]);
  });

  test("findings at one place are told apart, two on equal lines as well", () => {
    const gap = coverage.gaps[0] as Coverage["gaps"][number];
    const sarif = JSON.parse(checkSarif([{ ...coverage, gaps: [gap, { ...gap, lacks: "another thing" }, gap] }], "1")) as { runs: { results: { partialFingerprints: object }[] }[] };
    const prints = sarif.runs[0]?.results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints));
    expect(new Set(prints).size).toBe(3);
    expect(prints?.[2]).toMatch(/#2"\}$/);
  });

  test("a path is a URI", () => {
    const odd = { ...coverage, gaps: [{ ...coverage.gaps[0], evidence: { file: "app/[id] x/page.tsx", line: 1, text: "" } }] } as Coverage;
    expect(JSON.parse(checkSarif([odd], "1"))).toMatchObject({ runs: [{ results: [{ locations: [{ physicalLocation: { artifactLocation: { uri: "app/%5Bid%5D%20x/page.tsx" } } }] }] }] });
  });

  test("of a dry run: a note for a change, a warning for a handoff", () => {
    const sarif = JSON.parse(dryRunSarif([report], "1")) as Sarif;
    expect(sarif.runs[0]?.results.map(({ ruleId, level, message }) => [ruleId, level, message.text])).toEqual([["planned-change", "note", "POST: streamText"], ["handoff", "warning", "helper: generateText. The user is out of reach."]]);
  });

  test("without findings is still a document", () => {
    expect((JSON.parse(checkSarif([{ ...coverage, gaps: [] }], "1")) as Sarif).runs[0]?.results).toEqual([]);
  });
});
