import type { Code, Edit } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { hookFunction, hookValue, linesAtStart } from "./hook.extend.ts";
import { configProperty, findConfigs, hasUnknown, isShared, objectIn, type AuthConfig } from "./next-auth.config.ts";
import { isFive } from "./next-auth.version.ts";

/** Whether the app's sessions hold the user's id, and the edits that put it there when they do not. */
export interface SessionId {
  readonly has: boolean;
  readonly edits: readonly Edit[];
}

const known = new WeakMap<App, SessionId>();

/** Auth.js leaves the user's id out of the session until a `session` callback copies it. */
export function sessionId(app: App): SessionId {
  const hit = known.get(app) ?? find(app);
  known.set(app, hit);
  return hit;
}

function find(app: App): SessionId {
  const configs = findConfigs(app);
  const config = configs.find((one) => configProperty(app, one.main, "adapter")) ?? configs[0];
  if (!config || configs.some((one) => mayHaveId(app, one))) return { has: true, edits: [] };
  return { has: false, edits: copiesId(app, config) };
}

/** True where the id is copied, and where it cannot be seen whether it is. */
function mayHaveId(app: App, config: AuthConfig): boolean {
  const callbacks = configProperty(app, config.main, "callbacks");
  if (!callbacks) return hasUnknown(app, config.main);
  const literal = objectIn(app, callbacks);
  if (!literal || hasUnknown(app, literal)) return true;
  const session = configProperty(app, literal, "session");
  if (!session) return false;
  const hook = hookFunction(app, session.property);
  return "reason" in hook || /\bid\b|\.\.\.|\bsub\b|userId|\bassign\b/.test(hook.fn.getText());
}

function copiesId(app: App, config: AuthConfig): readonly Edit[] {
  const source = strategyOf(app, config);
  if (!source) return [];
  const statement = source === "user" ? "if (session.user) session.user.id = user.id;" : "if (session.user && token.sub) session.user.id = token.sub;";
  const callback = inCallback(app, config, source, statement);
  return callback.length === 0 ? [] : [...callback, ...declaration(app, config)];
}

/** Where the `session` callback finds the user: `user` with sessions in the database, `token` with tokens. */
function strategyOf(app: App, config: AuthConfig): "user" | "token" | undefined {
  const session = configProperty(app, config.main, "session");
  const adapter = configProperty(app, config.main, "adapter");
  const literal = objectIn(app, session);
  const strategy = literal && configProperty(app, literal, "strategy");
  if (session && !literal) return undefined;
  if (!strategy) return adapter ? "user" : "token";
  const value = ts.isPropertyAssignment(strategy.property) ? bare(strategy.property.initializer) : undefined;
  if (!value || !ts.isStringLiteralLike(value)) return undefined;
  return value.text === "jwt" ? "token" : "user";
}

function inCallback(app: App, config: AuthConfig, source: "user" | "token", statement: string): readonly Edit[] {
  const callbacks = objectIn(app, configProperty(app, config.main, "callbacks"));
  const session = callbacks && configProperty(app, callbacks, "session");
  if (session) return inExisting(app, session.property, source, statement);
  const method: Code = code`session({ session, ${source} }) {\n  ${statement}\n  return session;\n}`;
  if (callbacks) return addProperties(callbacks, [method]);
  const owner = configProperty(app, config.main, "adapter")?.literal ?? config.main;
  return addProperties(isShared(app, owner) ? config.main : owner, [code`callbacks: {\n  ${method},\n}`]);
}

/** A callback that is there gets one line more, in its own names. */
function inExisting(app: App, property: ts.ObjectLiteralElementLike, source: string, statement: string): readonly Edit[] {
  const hook = hookFunction(app, property);
  const session = "fn" in hook ? hookValue(hook.fn, "session") : undefined;
  const from = "fn" in hook ? hookValue(hook.fn, source) : undefined;
  if (!("fn" in hook) || !session || !from) return [];
  const names = (text: string): string => text.replace(/\bsession\.user\b/g, `${plain(session.of(""))}.user`).replace(new RegExp(`\\b${source}\\.(?=id|sub)`, "g"), `${plain(from.of(""))}.`);
  return hook.fn.body ? [...linesAtStart(hook.fn, hook.fn.body, raw(names(statement))), ...session.edits, ...from.edits] : [];
}

const plain = (written: Code): string => written.parts.filter((part) => typeof part === "string").join("");

/** NextAuth 4 types the session without an id: the type is widened beside the configuration. */
function declaration(app: App, config: AuthConfig): readonly Edit[] {
  const declared = [...app.code.mentioning("declare module"), ...app.files(/\.d\.ts$/)].some((file) => /declare module ["']next-auth["'][\s\S]*?interface Session\b/.test(app.repo.text(file) ?? ""));
  if (app.language !== "typescript" || isFive(app) || declared) return [];
  const owner = configProperty(app, config.main, "adapter")?.literal ?? config.main;
  const tree = owner.getSourceFile();
  const first = tree.statements.find((one) => !ts.isImportDeclaration(one));
  if (!first || /\.jsx?$/.test(tree.fileName)) return [];
  const start = first.getStart(tree);
  const session = { name: "DefaultSession", from: { package: "next-auth" }, typeOnly: true } as const;
  return [{
    kind: "insert", at: { file: tree.fileName, offset: start, place: "before", start, block: [0, tree.end] },
    code: code`declare module "next-auth" {\n  interface Session {\n    user: { id: string } & ${session}["user"];\n  }\n}\n`,
  }];
}
