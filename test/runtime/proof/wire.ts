import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { RouteKind } from "../../../src/domain.ts";
import { scan } from "../../../src/scan.ts";
import { built, cli } from "../../cli/cli.ts";
import { prepareApp, type AppName, type PreparedApp } from "../apps.ts";
import { generate, runIn } from "../install.ts";

/** Who pays when: as they go, or for a plan up front. */
export type Billing = "usage" | "upfront";

/** Addresses of our routes in a wired app. */
export type Routes = Readonly<Record<RouteKind, string>> & { readonly balanceScript: string };

/** An installed sample app that the tool has wired, not running. */
export interface WiredApp extends PreparedApp {
  readonly billing: Billing;
  readonly routes: Routes;
  /** What the tool printed. */
  readonly said: string;
}

/** How a sample app is wired. */
export interface WireOptions {
  readonly workDir: string;
  readonly billing: Billing;
  /** Whether the tool compares types before and after; on unless told otherwise. */
  readonly typecheck?: boolean;
}

const CONFIG = "credyt.config.json";

const configOf = (name: AppName, billing: Billing): object => {
  const file = path.join(import.meta.dirname, "..", "..", "..", "fixtures", "apps", name, CONFIG);
  const config = JSON.parse(readFileSync(file, "utf8")) as object;
  return billing === "usage" ? config : { ...config, billing, products: ["demo_pro"] };
};

/** Copies and installs a sample app, lets the shipped command wire it with the app's committed config, and brings its database up to date. */
export async function wireApp(name: AppName, { workDir, billing, typecheck = true }: WireOptions): Promise<WiredApp> {
  const app = await prepareApp(name, { workDir });
  writeFileSync(path.join(app.dir, CONFIG), `${JSON.stringify(configOf(name, billing), undefined, 2)}\n`);
  const schema = readSchema(app);
  await built();
  const { status, stdout, stderr } = await cli(["--yes", ...(typecheck ? [] : ["--no-typecheck"]), app.dir]);
  if (status !== 0) throw new Error(`the tool ended with ${status}:\n${stdout}${stderr}`);
  await migrate(app, schema);
  return { ...app, billing, said: stdout, routes: await routesOf(app.dir) };
}

const schemaOf = ({ dir }: PreparedApp): string => path.join(dir, "prisma", "schema.prisma");

function readSchema(app: PreparedApp): string | undefined {
  const { migration } = app.sample;
  return migration !== undefined && "file" in migration && migration.file.startsWith("prisma/") ? readFileSync(schemaOf(app), "utf8") : undefined;
}

/** What the tool tells the user to run, where it can be run here; for Prisma the SQL that it would write. */
async function migrate(app: PreparedApp, before: string | undefined): Promise<void> {
  const { migration } = app.sample;
  if (migration !== undefined && "command" in migration) await runIn(app.dir, migration.command);
  if (migration === undefined || !("file" in migration) || before === undefined) return;
  const columns = newColumns(before, readFileSync(schemaOf(app), "utf8"));
  if (columns.length === 0) return;
  if (migration.table === undefined) throw new Error(`${app.name} got columns, and it keeps no users: ${columns.join(", ")}`);
  const file = path.join(app.dir, migration.file);
  await runIn(app.dir, ["mkdir", "-p", path.dirname(file)]);
  writeFileSync(file, columns.map((column) => `ALTER TABLE "${migration.table}" ADD COLUMN "${column}" TEXT;\n`).join(""));
  await generate(app.dir);
}

/** Columns of optional text fields that a Prisma schema has got. */
function newColumns(before: string, after: string): string[] {
  const old = new Set(before.split("\n").map((line) => line.trim()));
  const fields = after.split("\n").map((line) => line.trim()).filter((line) => !old.has(line) && /^\w+\s+String\?/.test(line));
  return fields.map((line) => /@map\("(\w+)"\)/.exec(line)?.[1] ?? line.split(/\s+/)[0] ?? "");
}

async function routesOf(dir: string): Promise<Routes> {
  const [app] = (await scan(dir)).apps;
  const url = (kind: RouteKind): string => app?.dialect.route(kind, app.home)?.url ?? "";
  return { portal: url("portal"), balance: url("balance"), webhook: url("webhook"), payment: url("payment"), balanceScript: `${url("balance")}.js` };
}
