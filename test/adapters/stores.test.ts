import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { code, joinCode, raw } from "../../src/code/code.ts";
import type { AppSurvey, Code, RepoPath } from "../../src/domain.ts";
import { scan } from "../../src/scan.ts";
import { stage } from "../../src/stage.ts";
import { brokenFiles, copyApp, expected } from "../case.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/", import.meta.url));
const STORES = ["drizzle", "knex", "kysely", "mongodb", "mongoose", "mysql", "pg", "prisma", "sequelize", "sqlite", "supabase", "typeorm"];

const folders = (kind: string): string[] => readdirSync(join(fixtures, kind)).filter((name) => existsSync(join(fixtures, kind, name, "app"))).map((name) => `${kind}/${name}`).sort();

/** A file of ours in the app's style, with the imports that its code needs, and the app's own files that change for it. */
async function written(app: AppSurvey, name: string, text: Code, edits: readonly ReturnType<AppSurvey["dialect"]["declareEnv"]>[number][] = []): Promise<string> {
  const file: RepoPath = `${app.home.dir}/${name}${app.home.extension}`;
  const change = { id: name, area: "customers" as const, title: name, edits: [{ kind: "create" as const, file, code: text }, ...edits], needs: [] };
  const patch = stage({ app, changes: [change], handoffs: [], notes: [], questions: [], tries: [] }, new Set([name]));
  expect(patch.refused).toEqual([]);
  expect(brokenFiles(patch)).toEqual([]);
  return patch.files.map((one) => `// ${one.file}\n${one.before === undefined ? one.after : (one.after.split("\n").filter((line) => !one.before?.split("\n").includes(line)).join("\n"))}\n`).join("\n");
}

/** The store file of a plan that is paid up front: it has all that the other one has. */
function storeFile(app: AppSurvey): { readonly code: Code; readonly edits: NonNullable<ReturnType<NonNullable<AppSurvey["dialect"]["store"]>>>["edits"] } | undefined {
  const saying = app.dialect.store?.(["customerId", "status"]);
  const typed = app.language === "typescript";
  return saying && { code: joinCode([raw("// Where this app keeps what it knows about its customers in Credyt.\n\n"), saying.code, code`${raw("\n\n")}async function activateCustomer(customerId${typed ? ": string" : ""}) {\n  ${saying.activate}\n}\n`], ""), edits: saying.edits };
}

async function survey<T>(folder: string, use: (app: AppSurvey) => Promise<T>): Promise<T> {
  const copy = copyApp(join(fixtures, folder, "app"));
  try {
    const app = (await scan(copy.dir)).apps[0];
    if (!app) throw new Error(`no app in ${folder}`);
    return await use(app);
  } finally {
    copy.remove();
  }
}

describe("the store slot", () => {
  test.each(STORES.flatMap((store) => folders(`signups/${store}`)).filter((folder) => !/supabase\/(?!own-|profile-after)/.test(folder)))("%s", async (folder) => {
    const text = await survey(folder, async (app) => {
      const store = storeFile(app);
      return store ? written(app, "store", store.code, store.edits) : "This app's data store cannot be reached from a file of ours.\n";
    });
    expect(text).toBe(expected(join(fixtures, folder), "store.txt", text));
  });
});

describe("reading a variable", () => {
  test.each(folders("edits").filter((folder) => folder.startsWith("edits/env-")))("%s", async (folder) => {
    const text = await survey(folder, (app) => written(app, "client", code`const apiKey = ${app.dialect.readEnv("CREDYT_API_KEY")};\nconst secret = ${app.dialect.readEnv("CREDYT_WEBHOOK_SECRET")};\n`));
    expect(text).toBe(expected(join(fixtures, folder), "read.txt", text));
  });
});
