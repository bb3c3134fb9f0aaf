import type { Code, Edit, RepoPath, RouteKind, RouteSaying } from "../../domain.ts";
import { code, joinCode, raw, when } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import type { CurrentUser, RouteContext } from "../define.ts";
import { HONO } from "./hono.registrations.ts";
import { honoUser, isGuarded, plainRouter, type HonoUser } from "./hono.user.ts";
import { usesBearer } from "./server.bearer.ts";
import { routerFiles, type RouterFiles } from "./server.files.ts";
import { signInGuards, covers } from "./server.guards.ts";
import { beside, listStatement, mountPlace, type MountPlace, type SayMount } from "./server.place.ts";
import { addressOf, joinPaths, registrationsOf } from "./server.registrations.ts";
import { idOf, lines, signedIn } from "./user.way.ts";

/** What our routes of one app share; a mount is one edit, whichever area asks for it. */
interface Written {
  readonly files: RouterFiles;
  readonly place: MountPlace;
  readonly user: HonoUser | undefined;
  /** `billing`; `credyt` where the app has billing routes of its own. */
  readonly stem: string;
  readonly mounts: Map<string, Edit>;
}

const known = new WeakMap<App, Written | null>();
const say: SayMount = (receiver, path, child) => code`${receiver}.route("${path}", ${child})`;

/** Our routes: portal and balance in one router file, the payment link and the webhook in files of their own. */
export function route(kind: RouteKind, context: RouteContext): RouteSaying | undefined {
  const written = writtenFor(context);
  if (!written) return undefined;
  const { stem, place, user } = written;
  const base = joinPaths(place.base, stem);
  if (kind === "webhook") return webhook(context, written);
  if (!user) return undefined;
  if (kind === "payment") return saying(context, written, `${stem}-payment`, `/${stem}/pay`, { url: `${base}/pay`, method: "GET" }, (guards) => [payment(context, user, guards)]);
  const at = kind === "portal" ? ({ url: `${base}/portal`, method: "POST" } as const) : ({ url: `${base}/balance`, method: "GET" } as const);
  return saying(context, written, stem, `/${stem}`, at, (guards) => [when(["portal"], portal(context, user, guards)), when(["balance"], balance(context, user, guards))]);
}

function writtenFor(context: RouteContext): Written | undefined {
  const { app } = context;
  const hit = known.get(app);
  if (hit !== undefined) return hit ?? undefined;
  const { mounts, all } = registrationsOf(app, HONO);
  const user = honoUser(app, context);
  // Middleware that cannot be written elsewhere runs on its own router only: our routes are mounted there.
  const place = mountPlace(app, HONO, say, user && user.guards === undefined ? user.on : undefined);
  const files = routerFiles(app, [...mounts.keys()], all.find((one) => !mounts.has(one.on))?.on);
  const ours = (name: string): boolean => app.repo.text(files.fileFor(name))?.includes("createPortalSession(") ?? false;
  const isTaken = app.repo.has(files.fileFor("billing")) || all.some((one) => addressOf(app, HONO, one).startsWith(joinPaths(place?.base ?? "", "billing")));
  const stem = ours("billing") || !isTaken ? "billing" : "credyt";
  const found = place ? { files, place, user, stem, mounts: new Map<string, Edit>() } : undefined;
  known.set(app, found ?? null);
  return found;
}

/** A router's file, and its mount unless the app has it already. */
function saying({ app }: RouteContext, written: Written, name: string, path: string, at: Pick<RouteSaying, "url" | "method">, routes: (guards: readonly Code[]) => readonly Code[]): RouteSaying {
  const { files, place, user, mounts } = written;
  const file = files.fileFor(name);
  const guards = user?.guards && !isGuarded(app, place.on, place.offset, at.url) ? user.guards : [];
  const create: Edit = { kind: "create", file, code: routerFile(files, name, user?.made ?? plainRouter, routes(guards)), generated: true };
  if (isMounted(app, file)) return { ...at, edits: [create] };
  const mount = mounts.get(name) ?? place.mount(path, code`${files.importOf(name)}`);
  mounts.set(name, mount);
  return { ...at, edits: [create, mount] };
}

const isMounted = (app: App, file: RepoPath): boolean => app.repo.has(file) && app.code.scripts.some((one) => (app.facts(one)?.imports ?? []).some((fact) => fact.file === file));

function routerFile(files: RouterFiles, stem: string, router: Code, routes: readonly Code[]): Code {
  const { name } = files.importOf(stem);
  const made = code`${files.isNamed ? "export " : ""}const ${name} = ${router};\n`;
  const routed = routes.map((one) => ({ parts: one.parts.map((part) => named(part, name)) }));
  return joinCode([made, ...routed, raw(files.isNamed ? "" : `\nexport default ${name};\n`)], "");
}

/** Routes are written on `$router`, whose name only the file knows. */
function named(part: Code["parts"][number], name: string): Code["parts"][number] {
  if (typeof part === "string") return part.replaceAll("$router", name);
  return "when" in part ? { when: { areas: part.when.areas, code: { parts: part.when.code.parts.map((one) => named(one, name)) } } } : part;
}

const endpoint = (comment: string, head: string, guards: readonly Code[], body: readonly Code[]): Code =>
  joinCode([raw(`\n// ${comment}\n$router.${head}, `), ...guards.map((guard) => code`${guard}, `), raw("async (c) => {\n"), lines(body), raw("\n});\n")], "");

const who = (user: CurrentUser): readonly Code[] => signedIn(user, raw('return c.json({ error: "Sign in first." }, 401);'));

function portal({ app, ours }: RouteContext, user: HonoUser, guards: readonly Code[]): Code {
  const session = code`await ${ours("portal", "createPortalSession")}(${idOf(user)})`;
  const answer = usesBearer(app)
    ? [code`const url = ${session};`, raw('const wantsJson = c.req.header("Accept")?.startsWith("application/json");'), raw("return wantsJson ? c.json({ url }) : c.redirect(url, 303);")]
    : [code`return c.redirect(${session}, 303);`];
  return endpoint("Sends the signed-in user's browser to the billing portal. A form posts here.", 'post("/portal"', guards, [...who(user), ...answer]);
}

const balance = ({ ours }: RouteContext, user: HonoUser, guards: readonly Code[]): Code => endpoint("What the signed-in user can spend.", 'get("/balance"', guards, [...who(user), code`return c.json(await ${ours("balance", "readBalance")}(${idOf(user)}));`]);

const payment = ({ ours }: RouteContext, user: HonoUser, guards: readonly Code[]): Code =>
  endpoint("A fresh link to pay for the plan; home when nothing is to be paid.", 'get("/"', guards, [...who(user), code`const url = await ${ours("customers", "paymentLinkFor")}(${idOf(user)});`, raw('return c.redirect(url ?? "/", 303);')]);

/** The webhook comes from Credyt, not from a user: it is mounted in front of middleware that asks who is signed in. */
function webhook(context: RouteContext, written: Written): RouteSaying {
  const { app, ours } = context;
  const { files, stem, mounts } = written;
  const place = mountPlace(app, HONO, say) ?? written.place;
  const name = `${stem}-webhook`;
  const file = files.fileFor(name);
  const url = joinPaths(place.base, stem, "webhook");
  const body = [code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(await c.req.text(), c.req.header("Credyt-Signature"));`, raw("return new Response(null, { status });")];
  const create: Edit = { kind: "create", file, code: routerFile(files, name, plainRouter, [endpoint("Credyt signs the text of the body, so it is read as it arrived.", 'post("/"', [], body)]), generated: true };
  if (isMounted(app, file)) return { url, method: "POST", edits: [create] };
  const guard = signInGuards(app, HONO).find((one) => one.on === place.on && covers(addressOf(app, HONO, one), url));
  const statement = guard && listStatement(guard.call);
  const path = `${url.slice(place.base.length)}`;
  const mount = mounts.get(name) ?? (guard && statement && !guard.receiver.getText().includes("(") ? ({ kind: "insert", at: beside(statement, "before"), code: code`${say(guard.receiver.getText(), url, code`${files.importOf(name)}`, undefined)};` } as const) : place.mount(path, code`${files.importOf(name)}`));
  mounts.set(name, mount);
  return { url, method: "POST", edits: [create, mount] };
}
