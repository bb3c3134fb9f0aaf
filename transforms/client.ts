import type { Code, Edit, EnvFile, RepoPath } from "../src/domain.ts";
import { code, raw, textOf } from "../src/code/code.ts";
import { appEvidence, ownFile, ownFileEdit, type Context, type Step, type Transform } from "./transform.ts";

/**
 * The API key and the client.
 * Before: nothing. After: `lib/credyt/client.ts`, `CREDYT_API_KEY=` in the example and local env files, its declaration where the app
 * validates its environment.
 */
export const client: Transform = {
  area: "client",
  title: "API key and client",
  questions: () => [],
  *steps(context) {
    yield* clientFile(context);
    yield* envFiles(context);
    yield* declaration(context);
  },
  tries: ({ app }) => [`Put your test key into ${localFile(app.env.files)?.file ?? inApp(app.dir, app.framework.id === "next" ? ".env.local" : ".env")} as CREDYT_API_KEY, or start a local Credyt with \`npx credyt-integrate sandbox\` and set CREDYT_API_URL to its address.`],
};

const inApp = (dir: RepoPath, file: string): RepoPath => (dir === "" ? file : `${dir}/${file}`);

/** The client, which every other area needs too, and the declaration without which its key cannot be read where a module gives it. */
export function clientEdits(context: Context): Edit[] {
  const { app } = context;
  const isNext = app.framework.id === "next";
  const config = configSlot(context);
  const file = ownFileEdit(context, "client", { slots: { config }, conditions: { next: isNext, "server-only": isNext && knowsServerOnly(context) } });
  return [file, ...(config ? declarations(context) : [])];
}

/** The key from the module that declares it, where the app has one; the address is ours alone and comes from the environment. */
function configSlot({ app }: Context): Code | undefined {
  const key = app.dialect.readEnv("CREDYT_API_KEY");
  if (textOf(key) === "process.env.CREDYT_API_KEY") return undefined;
  const url = app.dialect.readOpenEnv?.("CREDYT_API_URL");
  return url ? code`const key = ${key};\nconst url = ${url};` : code`const key = ${key};\nconst { CREDYT_API_URL: url } = process.env;`;
}

/** Next.js resolves `server-only` by itself in the App Router from 14 on; elsewhere the package must be there, and in a worker it throws. */
function knowsServerOnly({ app }: Context): boolean {
  if (app.unbundled !== undefined) return false;
  return app.framework.variant === "app-router" && (Number(/\d+/.exec(app.framework.version ?? "")?.[0] ?? 99) >= 14 || app.packages.includes("server-only"));
}

function* clientFile(context: Context): Generator<Step> {
  const file = ownFile(context, "client");
  if (context.app.home.existing.client !== undefined) yield { note: { area: "client", kind: "wired", title: `The client is at ${file}` } };
  else yield { change: { id: "client.file", area: "client", title: `Client for Credyt's API`, edits: clientEdits(context), needs: [] } };
  if (context.app.oldTypes) yield { note: { area: "client", kind: "advice", title: "The client uses Node's own fetch: run this app on Node 18 or newer", evidence: appEvidence(context) } };
}

const localFile = (files: readonly EnvFile[]): EnvFile | undefined => files.find((one) => one.role === "local" && !one.tracked);

function* envFiles(context: Context): Generator<Step> {
  const { app } = context;
  const example = app.env.files.find((one) => one.role === "example");
  const targets = [example, localFile(app.env.files)].filter((one) => one !== undefined);
  for (const target of targets) {
    const missing = variables(context).filter(({ name }) => !target.names.includes(name));
    const edit = missing.length > 0 && appendLines(context, target.file, missing);
    if (edit) yield { change: { id: `client.env.${target.file}`, area: "client", title: `${namesOf(missing)} in ${target.file}`, edits: [edit], needs: [] } };
  }
  for (const one of app.env.files)
    if (one.role === "local" && one.tracked) yield { note: { area: "client", kind: "advice", title: `git tracks ${one.file}: keep the key out of it`, evidence: { file: one.file, line: 1, text: one.file } } };
  if (targets.length === 0 && app.env.files.length === 0)
    yield { change: { id: "client.env.example", area: "client", title: `${namesOf(variables(context))} in .env.example`, edits: [{ kind: "create", file: app.dir === "" ? ".env.example" : `${app.dir}/.env.example`, code: raw(`${linesOf(variables(context))}\n`) }], needs: [] } };
}

interface Variable {
  readonly name: string;
  readonly comment: string;
}

/** What the files of ours read, as far as this app's choices need them. */
function variables({ app, choices }: Context): readonly Variable[] {
  const isUpfront = choices.billing === "upfront" && app.dialect.store !== undefined;
  const sendsBack = isUpfront || choices.areas.includes("portal");
  return [
    { name: "CREDYT_API_KEY", comment: "Credyt (billing): the key of your test or live environment, server side only" },
    ...(isUpfront ? [{ name: "CREDYT_WEBHOOK_SECRET", comment: "The signing secret of your webhook in Credyt" }] : []),
    ...(sendsBack && app.dialect.appUrl === undefined ? [{ name: "APP_URL", comment: "The public address of this app, where Credyt sends your customers back to" }] : []),
  ];
}

const namesOf = (given: readonly Variable[]): string => given.map(({ name }) => name).join(", ");

const linesOf = (given: readonly Variable[]): string => given.map(({ name, comment }) => `# ${comment}\n${name}=`).join("\n");

/** New lines at the end of an env file; the file's last line keeps its missing line break. */
function appendLines({ app }: Context, file: RepoPath, missing: readonly Variable[]): Edit | undefined {
  const text = app.text(file);
  if (text === undefined) return undefined;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const ended = text === "" || text.endsWith("\n");
  const added = `${ended ? "" : newline}${text === "" ? "" : newline}${linesOf(missing).replaceAll("\n", newline)}${ended ? newline : ""}`;
  return { kind: "splice", at: { file, offset: text.length }, remove: "", code: raw(added) };
}

const secrets = (context: Context): readonly Variable[] => variables(context).filter(({ name }) => name.startsWith("CREDYT_"));

/** Declares the secrets that our files read, where the app validates its environment; the same edits each time. */
const declarations = (context: Context): Edit[] => secrets(context).flatMap(({ name }) => context.app.dialect.declareEnv(name));

function* declaration(context: Context): Generator<Step> {
  const edits = declarations(context);
  if (edits.length === 0) return;
  yield { change: { id: "client.declare", area: "client", title: `Declare ${namesOf(secrets(context))} in ${context.app.env.module?.file ?? "the env module"}`, edits, needs: [] } };
}
