import type { Code, Edit, RouteKind, RouteSaying } from "../../domain.ts";
import { code } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import type { RouteContext } from "../define.ts";
import { isOurs, routerFiles, type RouterFiles } from "./express.files.ts";
import { mountPlace, type MountPlace } from "./express.place.ts";
import { joinPaths, prefixOf, registrationsOf } from "./express.registrations.ts";
import { billingRouter, paymentRouter, usesBearer, webhookRouter } from "./express.router.ts";
import { requestUser, type RequestUser } from "./express.user.ts";
import { firstUse, jsonParser, mountBefore } from "./express.webhook.ts";

/** What the routes of one app share; the mount of a router is one edit, whichever area asks for it. */
interface Written {
  readonly files: RouterFiles;
  readonly place: MountPlace;
  /** `billing`; `credyt` where the app has a billing router of its own. */
  readonly stem: string;
  readonly mounts: Map<string, Edit>;
}

const FUNCTIONS = ["createPortalSession", "readBalance", "paymentLinkFor", "handleCredytWebhook"];
const known = new WeakMap<App, Written | null>();

/** Our routes: portal and balance in one router file, the payment link and the webhook in files of their own. */
export function route(kind: RouteKind, context: RouteContext): RouteSaying | undefined {
  const written = writtenFor(context.app);
  if (!written) return undefined;
  if (kind === "webhook") return webhook(context, written);
  // The app's own middleware wins over what a library would say: it is what stands in front of the other routes.
  const { files, stem, place } = written;
  const user: RequestUser | undefined = requestUser(context.app, place.offset === undefined ? undefined : { file: place.file, offset: place.offset }) ?? context.user;
  if (!user) return undefined;
  const base = joinPaths(place.base, stem);
  const byScript = usesBearer(context.app) ? { byScript: true } : {};
  if (kind === "payment") return saying(context, written, `${stem}-payment`, paymentRouter(context, user, files, `${stem}-payment`), `/${stem}/pay`, { url: `${base}/pay`, method: "GET", ...byScript }, user.mounted);
  const router = billingRouter(context, user, files, stem, base);
  return saying(context, written, stem, router, `/${stem}`, kind === "portal" ? { url: `${base}/portal`, method: "POST", ...byScript } : { url: `${base}/balance`, method: "GET" }, user.mounted);
}

function writtenFor(app: App): Written | undefined {
  const hit = known.get(app);
  if (hit !== undefined) return hit ?? undefined;
  const files = routerFiles(app);
  const place = mountPlace(app);
  const stem = ["billing", "credyt"].find((one) => [one, `${one}-payment`, `${one}-webhook`].some((name) => isOurs(app, files.fileFor(name), FUNCTIONS))) ?? (isTaken(app, files, place, "billing") ? "credyt" : "billing");
  const found = place ? { files, place, stem, mounts: new Map<string, Edit>() } : undefined;
  known.set(app, found ?? null);
  return found;
}

/** Whether the app has a file or routes of its own under this name. */
function isTaken(app: App, files: RouterFiles, place: MountPlace | undefined, stem: string): boolean {
  if (app.repo.has(files.fileFor(stem))) return true;
  const url = joinPaths(place?.base ?? "", stem);
  const { mounts, handlers } = registrationsOf(app);
  return (
    [...mounts.values()].some((one) => one.prefix !== "" && joinPaths(prefixOf(app, one.receiver), one.prefix) === url) ||
    [...handlers.values()].some((one) => joinPaths(prefixOf(app, one.receiver), one.path).startsWith(`${url}/`))
  );
}

/** The router's file, and the line that mounts it unless the app imports it already. */
function saying({ app }: RouteContext, { files, place, mounts }: Written, stem: string, router: Code, path: string, at: Pick<RouteSaying, "url" | "method" | "byScript">, guard: Code | undefined): RouteSaying {
  const file = files.fileFor(stem);
  const create: Edit = { kind: "create", file, code: router, generated: true };
  if (isMounted(app, file)) return { ...at, edits: [create] };
  const mount = mounts.get(stem) ?? place.mount(path, files.importOf(stem), guard);
  mounts.set(stem, mount);
  return { ...at, edits: [create, mount] };
}

const isMounted = (app: App, file: string): boolean =>
  app.repo.has(file) && app.code.scripts.some((one) => (app.facts(one)?.imports ?? []).some((fact) => fact.file === file) || (app.repo.text(one)?.includes(`/${file.split("/").at(-1)?.replace(/\.\w+$/, "")}`) ?? false));

/** The webhook reads the raw body, so it is mounted before any body parser, and so before sessions and sign-in checks. */
function webhook(context: RouteContext, { files, place, stem, mounts }: Written): RouteSaying {
  const { app } = context;
  const name = `${stem}-webhook`;
  const file = files.fileFor(name);
  const given = files.importOf(name);
  const url = joinPaths(place.base, stem, "webhook");
  const create: Edit = { kind: "create", file, code: webhookRouter(context, files, name), generated: true };
  const at = jsonParser(app) ?? firstUse(app);
  if (!at) return { url, method: "POST", edits: [], handoff: { reason: "The place where this app parses request bodies was not found; the webhook has to be mounted before it.", paste: code`app.use("${url}", ${given});`, file, evidence: app.inManifest("express") } };
  if (isMounted(app, file)) return { url, method: "POST", edits: [create] };
  const mount = mounts.get(name) ?? mountBefore(app, at, url, given);
  mounts.set(name, mount);
  return { url, method: "POST", edits: [create, mount] };
}
