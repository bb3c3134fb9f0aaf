import type { ActivityNamed, AppSurvey, Datastore, Evidence, Finding, Generated, GeneratedHome, Page, Payment, RepoPath } from "../domain.ts";
import { GENERATED } from "../domain.ts";
import type { Adapter, AuthAdapter, FrameworkAdapter, InUse } from "../adapters/define.ts";
import type { Adapters } from "../adapters/registry.ts";
import type { App } from "../source/app.ts";
import { versionOf } from "../source/versions.ts";
import { packageManager } from "../source/package-manager.ts";
import { keyedBy } from "./account-key.ts";
import { evidence } from "./apps.ts";
import { findBillables } from "./billables.ts";
import type { Recognition } from "./context.ts";
import { bindDialect } from "./dialect.ts";
import { findSignups } from "./signups.ts";
import { unbundledOf } from "./unbundled.ts";
import { calledIn, OURS } from "./wired.ts";

/** Everything known of one app. */
export function surveyApp(app: App, adapters: Adapters, named: readonly ActivityNamed[] = []): AppSurvey {
  const framework = started(app, inUse(app, adapters.frameworks).filter(({ adapter }) => isOwn(app, adapter.packages)).sort((a, b) => b.adapter.rank - a.adapter.rank));
  if (!framework) throw new Error(`no framework for ${app.dir}`);
  const libraries = preferNamed(inUse(app, adapters.auth));
  const auth = libraries.length > 0 ? libraries : ownAuth(app, adapters);
  const datastores = inUse(app, adapters.datastores).sort((a, b) => b.adapter.rank - a.adapter.rank);
  const userModels = datastores.map(({ adapter }) => adapter.userModel(app));
  const main = userModels.findIndex((model) => model !== undefined);
  const found = userModels[main];
  const userModel = found && keyedBy(app, auth, found);
  const store = datastores[Math.max(0, main)];
  const recognition: Recognition = { app, framework, auth, datastores, providers: adapters.providers, userModel, named };
  const views = inUse(app, adapters.views);
  const pages = views.flatMap(({ id, adapter }) => adapter.pages(app).map((page): Page => {
    const url = page.url ?? framework.adapter.pageUrl?.(app, page.file);
    return { ...page, view: id, ...(url !== undefined && { url }) };
  }));
  const env = [...adapters.env].flatMap(([id, adapter]) => {
    const found = adapter.find(app);
    return found ? [{ id, adapter, found: { file: found.file, line: found.line } }] : [];
  }).sort((a, b) => b.adapter.rank - a.adapter.rank);
  const home = homeOf(app, framework.adapter);
  const datastore: Datastore | undefined = store && { ...store.finding, ...(userModel && { userModel }) };
  const calls = callsOf(app, home);
  const billables = findBillables(recognition);
  const unbundled = framework.id === "next" ? unbundledOf(app, billables) : undefined;
  return {
    dir: app.dir,
    name: app.manifest.name ?? (app.dir || "app"),
    language: app.language,
    moduleSystem: app.moduleSystem,
    edge: runsAtEdge(app),
    packageManager: packageManager(app),
    packages: [...Object.keys(app.manifest.dependencies ?? {}), ...Object.keys(app.manifest.devDependencies ?? {})],
    oldTypes: hasOldTypes(app),
    globals: framework.adapter.globals?.(app) ?? [],
    framework: framework.finding,
    auth: auth.map(({ finding }) => finding),
    ...(datastore && { datastore }),
    env: { files: app.repo.envFiles(app.dir), ...(env[0] && { module: { id: env[0].id, ...env[0].found } }) },
    signups: findSignups(recognition),
    billables,
    ...(unbundled !== undefined && { unbundled }),
    pages,
    payments: paymentsOf(app),
    home,
    style: app.style,
    imports: app.imports,
    dialect: bindDialect({ recognition, home, store, env: env.map(({ adapter }) => adapter), views: new Map(views.map((view) => [view.id, view.adapter])) }),
    facts: app.facts,
    text: app.repo.text,
    library: (file) => libraryOf(app, file),
    calls,
    handWritten: handWritten(app, home),
  };
}

function inUse<A extends Adapter & { readonly variant?: (app: App) => string | undefined }>(app: App, adapters: ReadonlyMap<string, A>): InUse<A>[] {
  return [...adapters].flatMap(([id, adapter]) => {
    const name = adapter.packages.find((one) => app.uses(one) !== undefined);
    if (name === undefined || adapter.applies?.(app) === false) return [];
    const variant = adapter.variant?.(app);
    const version = app.uses(name)?.replace(/^[\^~>=\s]+/, "");
    const finding: Finding = { id, title: adapter.title, ...(version !== undefined && { version }), ...(variant !== undefined && { variant }), evidence: [app.inManifest(name)] };
    return [{ id, adapter, finding }];
  });
}

/** Servers that do the same: an app that depends on two of them was moved from one to the other, or tried one. */
const SERVERS = /^(?:express|fastify|koa|hono)$/;

/** The framework with the highest rank; of two servers the one that the app's entry imports, or the first file on the way from it. */
function started(app: App, found: readonly InUse<FrameworkAdapter>[]): InUse<FrameworkAdapter> | undefined {
  const [first] = found;
  const servers = found.filter(({ id }) => SERVERS.test(id));
  if (!first || !servers.includes(first) || servers.length < 2) return first;
  const queue = entries(app);
  for (let i = 0; i < Math.min(queue.length, 80); i++) {
    const file = queue[i] as RepoPath;
    const imports = app.facts(file)?.imports ?? [];
    const own = servers.find(({ adapter }) => imports.some(({ module }) => adapter.packages.includes(module)));
    if (own) return own;
    for (const { file: next } of imports) if (next !== undefined && !queue.includes(next)) queue.push(next);
  }
  return first;
}

/** The scripts of the app that its manifest starts: `main`, and files named by the start scripts. */
function entries(app: App): RepoPath[] {
  const { main, scripts } = app.manifest;
  const named = [main ?? "", ...["start", "start:prod", "serve", "server", "dev"].map((name) => scripts?.[name] ?? "")].flatMap((text) => text.match(/[\w@./-]+\.[cm]?[jt]s\b/g) ?? []);
  const written = named.flatMap((name) => [name, name.replace(/^(?:\.\/)?(?:dist|build)\//, "src/")]).flatMap((name) => [name, name.replace(/\.js$/, ".ts")]);
  return [...new Set(written.map((name) => app.path(name)))].filter((file) => app.code.scripts.includes(file));
}

/** Without the browser's types, `fetch` is known from the types of Node 18 on. */
function hasOldTypes(app: App): boolean {
  const lib = /"lib"\s*:\s*\[([^\]]*)\]/.exec(app.repo.text(app.path("tsconfig.json")) ?? "")?.[1];
  const version = versionOf(app, "@types/node");
  return app.language === "typescript" && lib !== undefined && !/dom/i.test(lib) && version !== undefined && version.major < 18;
}

/** A route that asks for the Edge runtime, or an app for workers. */
function runsAtEdge(app: App): boolean {
  return app.uses("wrangler") !== undefined || app.code.mentioning("edge").some((file) => /\bruntime\s*[:=]\s*["'](?:experimental-)?edge["']/.test(app.repo.text(file) ?? ""));
}

/** A framework is the app's when its own manifest or its own files name it; what only its neighbours in the repo use is not. */
function isOwn(app: App, packages: readonly string[]): boolean {
  const { dependencies, devDependencies } = app.manifest;
  if (packages.some((name) => dependencies?.[name] !== undefined || devDependencies?.[name] !== undefined)) return true;
  const own = app.code.scripts.filter((file) => file.startsWith(`${app.dir}/`));
  return own.some((file) => app.code.specifiers(file).some((specifier) => packages.some((name) => specifier === name || specifier.startsWith(`${name}/`))));
}

/** Hand-written auth counts only beside no library, or as a library's companion; it always comes last. */
const preferNamed = <A extends Adapter>(found: readonly InUse<A>[]): InUse<A>[] => [...found.filter(({ id }) => id !== "custom"), ...found.filter(({ id }) => id === "custom")];

/** Sign-in code that needs no library: what reads a header or a cookie and puts the user on the request. */
function ownAuth(app: App, adapters: Adapters): InUse<AuthAdapter>[] {
  const adapter = adapters.auth.get("custom");
  const found = app.code.scripts.flatMap((file) => {
    const text = app.repo.text(file) ?? "";
    const set = /(?<![\w$.])(?:req|request|ctx|context|c)\.(?:user|currentUser|account|auth)\s*=(?!=)|(?<![\w$.])c\.set\(\s*["'](?:user|userId)["']/.exec(text);
    return set && /\bauthorization\b|\bcookies?\b/i.test(text) ? [app.atOffset(file, set.index)] : [];
  })[0];
  return adapter && found ? [{ id: "custom", adapter, finding: { id: "custom", title: adapter.title, evidence: [found] } }] : [];
}

/** Where our files go: the first usual place whose parent exists; one that holds files of ours already wins. */
function homeOf(app: App, framework: FrameworkAdapter): GeneratedHome {
  const homes = framework.homes(app);
  const ending = app.language === "typescript" ? ".ts" : ".js";
  const extensionIn = (dir: RepoPath): GeneratedHome["extension"] => `${framework.suffix?.(app, dir) ?? ""}${ending}`;
  const taken = homes.find((dir) => GENERATED.some((name) => app.repo.has(`${dir}/${name}${extensionIn(dir)}`)));
  const dir = taken ?? homes.find((one) => hasFolder(app, one.slice(0, one.lastIndexOf("/")))) ?? homes[0] ?? app.path("credyt");
  const extension = extensionIn(dir);
  const existing: Partial<Record<Generated, string>> = {};
  for (const name of GENERATED) {
    const text = app.repo.text(`${dir}/${name}${extension}`);
    if (text !== undefined) existing[name] = text;
  }
  return { dir, extension, existing };
}

/** Files at the root belong to no package of their own: the app's compiler takes them in. A file that imports from the app already can do so again. */
function libraryOf(app: App, file: RepoPath): string | undefined {
  const own = [...app.code.resolver.packages.values()].filter(({ dir }) => dir !== "" && file.startsWith(`${dir}/`)).sort((a, b) => b.dir.length - a.dir.length)[0];
  if (!own || own.dir === app.dir || app.dir.startsWith(`${own.dir}/`)) return undefined;
  const isInApp = (one: RepoPath): boolean => (app.dir === "" ? app.code.resolver.packageDir(one) === "" : one.startsWith(`${app.dir}/`));
  return (app.facts(file)?.imports ?? []).some((one) => one.file !== undefined && isInApp(one.file)) ? undefined : own.name;
}

const hasFolder = (app: App, dir: RepoPath): boolean => dir === app.dir || app.repo.files.some((file) => file.startsWith(`${dir}/`));

/** Which of our functions each script calls, files of ours left out. */
function callsOf(app: App, home: GeneratedHome): Record<RepoPath, readonly string[]> {
  const found: Record<RepoPath, readonly string[]> = {};
  for (const file of new Set(OURS.flatMap((name) => app.code.mentioning(name)))) {
    if (file.startsWith(`${home.dir}/`)) continue;
    const names = calledIn(app.repo.text(file) ?? "");
    if (names.length > 0) found[file] = names;
  }
  return found;
}

/** Hand-written calls to Credyt outside our files: by its address or its header. */
function handWritten(app: App, home: GeneratedHome): Evidence[] {
  return [...app.code.mentioning("api.credyt.ai"), ...app.code.mentioning("X-Credyt-Api-Key"), ...app.code.mentioning("X-CREDYT-API-KEY")]
    .filter((file, i, all) => all.indexOf(file) === i && !file.startsWith(`${home.dir}/`))
    .map((file) => evidence(app.repo, file, (app.repo.text(file) ?? "").split(/api\.credyt\.ai|X-Credyt-Api-Key/i)[0]?.split("\n").length ?? 1));
}

const PAYMENTS: readonly (readonly [string, Payment["kind"], string])[] = [
  ["stripe", "payments", "Stripe"], ["@paddle/paddle-node-sdk", "payments", "Paddle"], ["@lemonsqueezy/lemonsqueezy.js", "payments", "Lemon Squeezy"],
  ["razorpay", "payments", "Razorpay"], ["@polar-sh/sdk", "payments", "Polar"], ["autumn-js", "payments", "Autumn"],
  ["@upstash/ratelimit", "rate-limit", "Upstash rate limit"], ["express-rate-limit", "rate-limit", "express-rate-limit"], ["rate-limiter-flexible", "rate-limit", "rate-limiter-flexible"],
];

/** Payment code, credits and quotas that are there already. */
function paymentsOf(app: App): Payment[] {
  const byPackage = PAYMENTS.flatMap(([name, kind, title]) => (app.uses(name) === undefined ? [] : [{ kind, title, evidence: app.inManifest(name) }]));
  const credits = app.code.scripts.flatMap((file): Payment[] => {
    const match = /\b(?:credits|creditBalance|apiLimit|requestCount|usageCount|tokensUsed)\b\s*(?:[<>]=?|-=|\+=|:\s*\{\s*(?:decrement|increment))/.exec(app.repo.text(file) ?? "");
    return match ? [{ kind: "credits", title: match[0].split(/\W/)[0] ?? "credits", evidence: app.atOffset(file, match.index) }] : [];
  });
  return [...byPackage, ...credits.slice(0, 5)];
}
