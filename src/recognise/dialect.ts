import type { Code, Dialect, Edit, Generated, GeneratedHome, RouteKind, RouteSaying } from "../domain.ts";
import type { CurrentUser, DatastoreAdapter, EnvAdapter, InUse, RouteContext, ViewAdapter } from "../adapters/define.ts";
import { code, fromFile, joinCode, raw, textOf } from "../code/code.ts";
import type { App } from "../source/app.ts";
import type { Recognition } from "./context.ts";

/** What `bindDialect` ties together. */
export interface DialectParts {
  readonly recognition: Recognition;
  readonly home: GeneratedHome;
  readonly store: InUse<DatastoreAdapter> | undefined;
  readonly env: readonly EnvAdapter[];
  readonly views: ReadonlyMap<string, ViewAdapter>;
}

/** The adapters in use as one voice: how this app says what a transform wants said. */
export function bindDialect({ recognition, home, store, env, views }: DialectParts): Dialect {
  const { app, framework, userModel } = recognition;
  const ours = (file: Generated, name: string): Code => code`${fromFile(name, `${home.dir}/${file}${home.extension}`)}`;
  const route: RouteContext = { app, home, user: currentUser(recognition), ours };
  const appUrl = publicUrl(recognition, env, views.size > 0);
  const signedIn = recognition.auth.flatMap(({ adapter }) => adapter.needs?.(app) ?? []);
  return {
    refuse: (handler, check) => framework.adapter.refuse(handler, check, ours("gate", "paymentRequired"), app),
    asks: (handler) => {
      const user = framework.adapter.asks?.(handler, app, route.user);
      return user && { ...user, text: textOf(user.id) };
    },
    route: (kind) => withSession(kind, openTo(recognition, kind, framework.adapter.route(kind, route)), signedIn) ?? withoutUser(recognition, kind, route),
    signedIn,
    sendToPayment: (handler, customer) => framework.adapter.sendToPayment(handler, customer, app),
    ...(userModel && store?.adapter.store(app, userModel, ["customerId"]) && { store: (names) => store.adapter.store(app, userModel, names) }),
    ...(userModel && store && { columns: (names) => store.adapter.columns(app, userModel, names) }),
    readEnv: (name) => readEnv(recognition, env, name),
    ...(env.some(({ open }) => open) && { readOpenEnv: (name) => readEnv(recognition, env.filter(({ open }) => open), name) }),
    declareEnv: remembered((name) => inOwnModules(app, env).flatMap((one) => one.declare(app, name))),
    control: (page, portal) => views.get(page.view)?.control(app, page, portal),
    balance: (page, url, portal) => views.get(page.view)?.balance(app, page, url, portal),
    logError: (line) => logger(recognition) ?? raw(`console.error(${line})`),
    ...(appUrl && { appUrl }),
  };
}

/** The same edits for the same name: what several areas bring is made once. */
function remembered(declare: (name: string) => readonly Edit[]): (name: string) => readonly Edit[] {
  const known = new Map<string, readonly Edit[]>();
  return (name) => {
    const edits = known.get(name) ?? declare(name);
    known.set(name, edits);
    return edits;
  };
}

/** Stands for what the app's owner knows and we do not. */
const NOBODY: CurrentUser = { setup: raw("const userId = currentUserId(); // Put here how this app knows who is signed in."), id: raw("userId"), nullable: true };

/** Where it is not clear how a route learns who is signed in: the whole route, but for that, to be pasted. */
function withoutUser({ app, framework }: Recognition, kind: RouteKind, context: RouteContext): RouteSaying | undefined {
  const saying = kind === "webhook" ? undefined : framework.adapter.route(kind, { ...context, user: NOBODY });
  const file = saying?.edits.find((edit): edit is Edit & { readonly kind: "create" } => edit.kind === "create");
  if (!saying || !file || !textOf(file.code).includes("currentUserId()")) return undefined;
  const others = saying.edits.flatMap((edit) => (edit.kind === "create" ? [] : [raw(`\n// Then, in ${edit.at.file}:\n${textOf(edit.code).trim().replace(/^/gm, "// ")}\n`)]));
  const evidence = framework.finding.evidence[0] ?? { file: app.dir, line: 1, text: framework.id };
  const reason = `How a new route learns who is signed in is not clear in this app: say it in ${file.file}.`;
  return { url: saying.url, method: saying.method, edits: [], handoff: { reason, paste: joinCode([onlyFor(kind, file.code), ...others], ""), file: file.file, evidence } };
}

/** Of a file for several areas what one of them needs. */
const onlyFor = (kind: RouteKind, code: Code): Code => ({ parts: code.parts.flatMap((part) => (typeof part !== "string" && "when" in part && part.when.areas.every((area) => area === "portal" || area === "balance") ? (part.when.areas.some((area) => area === kind) ? onlyFor(kind, part.when.code).parts : []) : [part])) });

/** A webhook comes without a session: what an auth library's middleware needs to let it through is part of its route. */
function openTo({ app, auth }: Recognition, kind: RouteKind, saying: RouteSaying | undefined): RouteSaying | undefined {
  if (kind !== "webhook" || !saying) return saying;
  const opened = auth.flatMap(({ adapter }) => adapter.publicRoute?.(app, saying.url)?.edits ?? []);
  return opened.length === 0 ? saying : { ...saying, edits: [...saying.edits, ...opened] };
}

/** Every route but the webhook asks who is signed in. */
function withSession(kind: RouteKind, saying: RouteSaying | undefined, signedIn: readonly Edit[]): RouteSaying | undefined {
  return saying && kind !== "webhook" && signedIn.length > 0 ? { ...saying, edits: [...saying.edits, ...signedIn] } : saying;
}

/** Who is signed in, in a new route: the first auth library that knows. */
function currentUser({ app, auth, framework }: Recognition): CurrentUser | undefined {
  for (const { adapter } of auth) {
    const user = adapter.currentUser?.(app, framework.id);
    if (user) return user;
  }
  return undefined;
}

/** A logger is only used where it is certain: console otherwise. */
function logger(_recognition: Recognition): Code | undefined {
  return undefined;
}

const URL_NAMES = ["APP_URL", "NEXT_PUBLIC_APP_URL", "NEXT_PUBLIC_SITE_URL", "NEXT_PUBLIC_URL", "NEXTAUTH_URL", "AUTH_URL", "BETTER_AUTH_URL", "BASE_URL", "SITE_URL", "PUBLIC_URL", "FRONTEND_URL", "CLIENT_URL", "APP_BASE_URL", "SERVER_URL"];

/** A server without pages of its own names the site that has them: that is where its customers are. */
const SITE_NAMES = ["FRONTEND_URL", "CLIENT_URL", "WEB_URL"];

/** The variable that holds the app's public address, when the app has one already. */
function publicUrl(recognition: Recognition, env: readonly EnvAdapter[], hasPages: boolean): Code | undefined {
  const { app } = recognition;
  const declared = new Set(app.repo.envFiles(app.dir).flatMap((file) => file.names));
  const name = [...(hasPages ? [] : SITE_NAMES), ...URL_NAMES].find((one) => declared.has(one) || app.code.mentioning(`process.env.${one}`).length > 0);
  return name === undefined ? undefined : readEnv(recognition, env, name);
}

/** An app that declares its variables itself has no need of a declaration in another package of the repo. */
function inOwnModules(app: App, env: readonly EnvAdapter[]): readonly EnvAdapter[] {
  const own = env.filter((one) => one.find(app)?.file.startsWith(app.dir === "" ? "" : `${app.dir}/`) === true);
  return own.length > 0 ? own : env;
}

/** The app's own way to read a variable, where a module of its declares them. */
function readEnv({ app }: Recognition, env: readonly EnvAdapter[], name: string): Code {
  for (const one of env) {
    const read = one.read?.(app, name);
    if (read) return read;
  }
  return raw(`process.env.${name}`);
}
