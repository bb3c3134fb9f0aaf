import type { Code, Edit, RepoPath, RouteKind, RouteSaying } from "../../domain.ts";
import { code, when } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import type { ts } from "../../source/typescript/parse.ts";
import type { FrameworkAdapter, RouteContext } from "../define.ts";
import { usesBearer } from "./server.bearer.ts";
import { routerFiles, type RouterFiles } from "./server.files.ts";
import { runsAt, type Guard } from "./server.guards.ts";
import { mountPlace, type MountPlace, type SayMount } from "./server.place.ts";
import { addressOf, hasRoutes, joinPaths, registrationsOf, type ServerKind } from "./server.registrations.ts";
import type { Way } from "./user.way.ts";

/** Who is signed in on a new router: how its handlers read it, and what must run in front of them. */
export interface ServerUser extends Way {
  /** Middlewares that must run in front of our routes. */
  readonly guards: readonly Guard[];
  /** The router on which the handlers that read the user stand. */
  readonly on: ts.Node | undefined;
}

/** One route of ours, as code on a router of the framework. `guards` are what must run in front of it. */
export type SayRoute<U> = (context: RouteContext, user: U, guards: readonly Code[]) => Code;

/** How a framework whose routers are objects says our routes: Hono, Koa, Fastify. */
export interface ServerSays<U extends ServerUser> {
  readonly kind: ServerKind;
  readonly mount: SayMount;
  readonly user: (context: RouteContext) => U | undefined;
  /** A router's file around its routes; `path` is what its mount says, or would say if it did not stand in a list. */
  readonly file: (app: App, files: RouterFiles, name: string, user: U | undefined, routes: readonly Code[], path: string, isListed: boolean) => Code;
  readonly portal: SayRoute<U>;
  readonly balance: SayRoute<U>;
  readonly payment: SayRoute<U>;
  readonly webhook: (context: RouteContext) => Code;
  /** Whether a mount at this place can name guards; where it cannot, our routes are mounted beside the handlers that have them. */
  readonly takesGuards?: (place: MountPlace) => boolean;
  /** Where a framework finds routers by where their files stand. */
  readonly placedByFolder?: (app: App) => FilePlace | undefined;
  /** Where the webhook is mounted, when the usual place asks who is signed in; undefined where there is no such place. */
  readonly openPlace: (app: App, place: MountPlace, url: string) => MountPlace | undefined;
}

/** A folder whose files are mounted by themselves. */
export interface FilePlace {
  readonly files: RouterFiles;
  readonly base: string;
  readonly on: ts.Node;
}

/** What our routes of one app share; a mount is one edit, whichever area asks for it. */
interface Written<U> {
  readonly files: RouterFiles;
  readonly place: MountPlace;
  readonly open: MountPlace;
  readonly user: U | undefined;
  /** Guards that only the file of the mount knows: they are named in the mount. */
  readonly local: readonly Guard[];
  /** `billing`; `credyt` where the app has billing routes of its own. */
  readonly stem: string;
  readonly mounts: Map<string, Edit>;
}

const FUNCTIONS = ["createPortalSession", "readBalance", "paymentLinkFor", "handleCredytWebhook"];

/** The `route` of such a framework: portal and balance in one router file, the payment link and the webhook in files of their own. */
export function serverRoutes<U extends ServerUser>(says: ServerSays<U>): FrameworkAdapter["route"] {
  const known = new WeakMap<App, Map<RouteContext["user"], Written<U> | null>>();
  // By who is said to be signed in: a stand-in for the user of one question is not to be met in the answer to another.
  const writtenFor = (context: RouteContext): Written<U> | undefined => {
    const ofApp = known.get(context.app) ?? new Map<RouteContext["user"], Written<U> | null>();
    known.set(context.app, ofApp);
    const hit = ofApp.get(context.user);
    if (hit !== undefined) return hit ?? undefined;
    const found = find(says, context);
    ofApp.set(context.user, found ?? null);
    return found;
  };
  return (kind, context) => {
    const written = writtenFor(context);
    return written && (kind === "webhook" ? webhook(says, context, written) : written.user && signedInRoute(says, kind, context, written, written.user));
  };
}

function find<U extends ServerUser>(says: ServerSays<U>, context: RouteContext): Written<U> | undefined {
  const { app } = context;
  const { mounts, all } = registrationsOf(app, says.kind);
  const user = says.user(context);
  const folder = says.placedByFolder?.(app);
  const open = folder ? { ...folder, inner: "", file: "", offset: 0 } : mountPlace(app, says.kind, says.mount);
  // Middleware that cannot be written elsewhere runs on its own router only: our routes are mounted there.
  if (!open) return undefined;
  const guards = user?.guards ?? [];
  const isBound = !folder && guards.some((one) => one.shared && !one.code && !runsAt(app, says.kind, one, open, joinPaths(open.base, "billing", "portal")));
  const isNamed = !folder && guards.some((one) => !one.shared && !one.code) && says.takesGuards?.(open) === false;
  const place = isBound || isNamed ? mountPlace(app, says.kind, says.mount, user?.on) : open;
  if (!place) return undefined;
  const others = guards.filter((one) => !runsAt(app, says.kind, one, place, joinPaths(place.base, "billing", "portal")));
  // A file that is still being loaded has no exports yet in CommonJS.
  const local = others.filter((one) => !one.code || (app.moduleSystem === "commonjs" && one.file === place.file && one.name !== undefined));
  const isKnown = local.every((one) => one.name !== undefined && one.file === place.file && place.isListed !== true);
  const files = folder?.files ?? routerFiles(app, [...mounts.keys()].filter((node) => hasRoutes(app, says.kind, node)), all.find((one) => !mounts.has(one.on))?.on);
  const isOurs = (name: string): boolean => [name, `${name}-payment`, `${name}-webhook`].some((file) => FUNCTIONS.some((one) => app.repo.text(files.fileFor(file))?.includes(`${one}(`) ?? false));
  const isTaken = app.repo.has(files.fileFor("billing")) || all.some((one) => one.kind !== "guard" && `${addressOf(app, says.kind, one)}/`.startsWith(`${joinPaths(place.base, "billing")}/`));
  const stem = isOurs("billing") || (!isTaken && !isOurs("credyt")) ? "billing" : "credyt";
  return { files, place, open, user: isKnown ? user : undefined, local, stem, mounts: new Map() };
}

function signedInRoute<U extends ServerUser>(says: ServerSays<U>, kind: RouteKind, context: RouteContext, written: Written<U>, user: U): RouteSaying {
  const { place, stem } = written;
  const base = joinPaths(place.base, stem);
  const url = `${base}/${kind === "payment" ? "pay" : kind}`;
  const guards = user.guards.flatMap((one) => (one.code && !written.local.includes(one) && !runsAt(context.app, says.kind, one, place, url) ? [one.code] : []));
  const at = { url, method: kind === "portal" ? "POST" : "GET", ...(kind === "portal" && usesBearer(context.app) && { byScript: true }) } as const;
  if (kind === "payment") return saying(says, context.app, written, place, `${stem}-payment`, `/${stem}/pay`, at, user, [says.payment(context, user, guards)]);
  return saying(says, context.app, written, place, stem, `/${stem}`, at, user, [when(["portal"], says.portal(context, user, guards)), when(["balance"], says.balance(context, user, guards))]);
}

/** The webhook comes from Credyt, not from a user: it is mounted where nobody asks who is signed in. */
function webhook<U extends ServerUser>(says: ServerSays<U>, context: RouteContext, written: Written<U>): RouteSaying {
  const { app } = context;
  const { open, stem, files } = written;
  const name = `${stem}-webhook`;
  const url = joinPaths(open.base, stem, "webhook");
  const place = says.openPlace(app, open, url);
  const at = { url, method: "POST" } as const;
  if (place) return saying(says, app, written, place, name, joinPaths(url.slice(place.base.length)), at, undefined, [says.webhook(context)]);
  const file = files.fileFor(name);
  const paste = says.file(app, files, name, undefined, [says.webhook(context)], url, open.isListed === true);
  return { ...at, edits: [], handoff: { reason: "Every route of this app asks who is signed in, and Credyt is nobody's user: let this route through without that check.", paste, file, evidence: app.at(open.on) } };
}

/** A router's file, and its mount unless the app has it already. */
function saying<U extends ServerUser>(says: ServerSays<U>, app: App, { files, mounts, local }: Written<U>, place: MountPlace, name: string, path: string, at: Pick<RouteSaying, "url" | "method" | "byScript">, user: U | undefined, routes: readonly Code[]): RouteSaying {
  const file = files.fileFor(name);
  const create: Edit = { kind: "create", file, code: says.file(app, files, name, user, routes, joinPaths(place.inner, path), place.isListed === true), generated: true };
  if (place.mount === undefined || isMounted(app, file)) return { ...at, edits: [create] };
  const guards = user ? local.flatMap((one) => one.name ?? []) : [];
  const mount = mounts.get(name) ?? place.mount(path, code`${files.importOf(name)}`, guards);
  mounts.set(name, mount);
  return { ...at, edits: [create, mount] };
}

/** Whether a file of the app imports ours already. */
const isMounted = (app: App, file: RepoPath): boolean => app.repo.has(file) && app.code.scripts.some((one) => one !== file && (app.facts(one)?.imports ?? []).some((fact) => fact.file === file));


/** Routes are written on `$router`, whose name only the router's file knows. */
export const onRouter = (routes: Code, name: string): Code => ({ parts: routes.parts.map((part) => named(part, name)) });

function named(part: Code["parts"][number], name: string): Code["parts"][number] {
  if (typeof part === "string") return part.replaceAll("$router", name);
  return "when" in part ? { when: { areas: part.when.areas, code: onRouter(part.when.code, name) } } : part;
}
