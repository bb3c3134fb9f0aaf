import type {
  Code, ColumnSaying, Datastore, Edit, Finding, GeneratedHome, Handler, Meter, Page, Recording, RepoPath, RouteKind, RouteSaying, Signup, UserExpression, UserModel, ViewSaying,
} from "../domain.ts";
import type { App } from "../source/app.ts";
import type { Fn } from "../source/typescript/functions.ts";
import type { Held, NotHeld } from "../source/typescript/held.ts";
import type { ts } from "../source/typescript/parse.ts";

/** What every adapter says of itself. The file's name is the tool's id, its first line the address of the tool's documentation. */
export interface Adapter {
  readonly title: string;
  /** Packages whose presence means that the tool is in use, most telling first. */
  readonly packages: readonly string[];
}

// ── Providers: who is paid ───────────────────────────────────────────────────────────────────────────────────────────

/** A paid call, written as the provider's documentation writes it. */
export interface CallPattern {
  /** Packages it is imported from; the adapter's own when left out. */
  readonly package?: readonly string[];
  /** An exported function (`streamText`), or names of exported classes or factories and the method on what they make. */
  readonly function?: readonly string[];
  readonly of?: readonly string[];
  /** `chat.completions.create`; steps of calls as `getGenerativeModel().generateContent`. */
  readonly method?: string;
  /** What a person calls it; the method or function when left out. */
  readonly call?: string;
  /** What the usage event is called unless the user says otherwise, in snake_case: `chat_completion`. */
  readonly eventType: string;
  /** Volume fields and dimensions of the event: paths into the result (`usage?.total_tokens`), by the event's field name. */
  readonly meter: Readonly<Record<string, string>>;
  /** Expressions that do not come from the result, as text: `{ images: "1" }`. `$n` reads option n of the call's options object: `$model`. */
  readonly given?: Readonly<Record<string, string>>;
  /** Whether the call gives a stream. Default: its options hold `stream: true`. */
  readonly streams?: boolean | ((call: ts.CallExpression) => boolean);
  /** How a streaming call is recorded; default is a handoff. */
  readonly recordStream?: (context: CallContext) => Recording | NotHeld;
  /** How a finished call is recorded, where binding its result is not the way. */
  readonly record?: (context: CallContext) => Recording | NotHeld | undefined;
  /** Shown and not billed by default, because. */
  readonly notBilled?: string;
  /** Only from or up to these major versions of the package. */
  readonly since?: number;
  readonly until?: number;
}

/** An HTTP call to a provider without its SDK: `fetch(url)`, `axios.post(url)`. */
export interface HostPattern {
  /** Tested against the literal text of the address (template holes read as `*`). */
  readonly url: RegExp;
  readonly call: string;
  readonly eventType: string;
  readonly meter: Readonly<Record<string, string>>;
  readonly given?: Readonly<Record<string, string>>;
  readonly notBilled?: string;
}

/** What a provider's own recorder is given. */
export interface CallContext {
  readonly app: App;
  readonly call: ts.CallExpression;
  readonly pattern: CallPattern;
  readonly held: Held | NotHeld;
  /** Major version of the package the call comes from, where the app declares it. */
  readonly version: number | undefined;
  readonly meterOf: (value: (path: string) => Code | undefined) => Meter;
}

export interface ProviderAdapter extends Adapter {
  readonly calls: readonly CallPattern[];
  readonly hosts?: readonly HostPattern[];
}

// ── Frameworks: how requests come in and answers go out ──────────────────────────────────────────────────────────────

export interface FrameworkAdapter extends Adapter {
  /** Frameworks that others are built on stand behind them: Nest before Express. Higher wins. */
  readonly rank: number;
  readonly variant?: (app: App) => string | undefined;
  /** The handler a function is, when this framework calls it. Total. */
  readonly handler: (fn: Fn, app: App) => Handler | undefined;
  /** Statements that answer 402 and leave; `check` names the balance check in scope, `body` makes the JSON answer from it. */
  readonly refuse: (handler: Handler, check: string, paymentRequired: Code, app: App) => Code | undefined;
  /** Statements that send a new user to the payment page: `customer` names the result of `ensureCustomer` in scope. */
  readonly sendToPayment: (handler: Handler, customer: string, app: App) => Code | undefined;
  /** A route of ours. `user` says who is signed in there. */
  readonly route: (kind: RouteKind, context: RouteContext) => RouteSaying | undefined;
  /** Where generated files live in an app of this framework, most usual first; the first whose parent folder exists is taken. */
  readonly homes: (app: App) => readonly RepoPath[];
}

/** What a framework needs to write a route of ours. */
export interface RouteContext {
  readonly app: App;
  readonly home: GeneratedHome;
  /** Who is signed in, asked for in a new route or handler of this framework. */
  readonly user: CurrentUser | undefined;
  /** A function of one of our files: `ours("portal", "createPortalSession")`. */
  readonly ours: (file: "client" | "customers" | "usage" | "gate" | "portal" | "balance" | "webhook", name: string) => Code;
}

/** How a new route learns who is signed in. */
export interface CurrentUser {
  /** Statements before `id` can be read; may be empty. Uses the framework's usual names (`req`, `request`, `c`, `ctx`). */
  readonly setup: Code;
  readonly id: Code;
  /** A middleware that must stand in front of the route, for frameworks that have them. */
  readonly middleware?: Code;
  /** True when `id` may be undefined and the route must answer 401 itself. */
  readonly nullable: boolean;
}

// ── Auth: who the user is, and where accounts begin ──────────────────────────────────────────────────────────────────

/** A call that gives the session or the user, as a path from the package's exports: `auth.()`, `default.().auth.()`. */
export interface UserPattern {
  readonly package: readonly string[];
  /** Steps from the package's exports, joined by dots, `new` for an instance, `()` for a call. Regular expression without anchors. */
  readonly path: string;
  /** From that value to the user's id: `user.id`; the empty string when the value is the id. */
  readonly id: string;
  readonly nullable: boolean;
}

export interface AuthAdapter extends Adapter {
  readonly users: readonly UserPattern[];
  readonly variant?: (app: App) => string | undefined;
  /** Sign-ups that are hooks of this library: existing ones, or ones to add. Those in plain route code are found by the data store. */
  readonly signups?: (app: App, model: UserModel | undefined) => readonly Signup[];
  /** Who is signed in, for a new route of the given framework. */
  readonly currentUser?: (app: App, framework: string) => CurrentUser | undefined;
  /** Edits that let requests without a session reach a route of ours (a webhook), where this library's middleware would stop them. */
  readonly publicRoute?: (app: App, url: string) => { readonly edits: readonly Edit[]; readonly note?: string } | undefined;
}

// ── Data stores: where the account is kept ───────────────────────────────────────────────────────────────────────────

/** A call that stores a new user. */
export interface Creation {
  readonly call: ts.CallExpression | ts.NewExpression;
  /** Methods that belong to the call: `/^(?:values|returning)$/`. */
  readonly chain?: RegExp;
  /** The object of the new user's fields, where it is written out at the call. */
  readonly fields?: ts.ObjectLiteralExpression;
  /** From the result to the row: `[0]` for a list, the empty string for the row itself; undefined when the result holds no id. */
  readonly row?: string;
  /** A name in scope that is the stored user when the call's result is not: `user` of `await user.save()`. */
  readonly self?: string;
  /** Names of the row's columns that the result holds, where it does not hold them all. */
  readonly columns?: readonly string[];
  /** Edits that make the call give the id back: `.returning({ id: users.id })`. */
  readonly widen?: readonly Edit[];
  /** For `(err, user) =>` callbacks: the callback and the index of its user parameter. */
  readonly callback?: { readonly fn: Fn; readonly index: number };
}

export interface DatastoreAdapter extends Adapter {
  /** A store with a higher rank is named as the app's own when several are in use. */
  readonly rank: number;
  readonly userModel: (app: App) => UserModel | undefined;
  readonly creations: (app: App, model: UserModel | undefined) => readonly Creation[];
  /** `readUser` and `saveCustomer` for the `store` slot on the columns `names`, and `activateCustomer`'s body for the webhook. */
  readonly store: (app: App, model: UserModel, names: readonly ("customerId" | "status")[]) => { readonly code: Code; readonly activate: Code } | undefined;
  readonly columns: (app: App, model: UserModel, names: readonly ("customerId" | "status")[]) => ColumnSaying;
}

// ── Env and views ────────────────────────────────────────────────────────────────────────────────────────────────────

/** A module that declares and validates environment variables. */
export interface EnvAdapter extends Adapter {
  readonly find: (app: App) => { readonly file: RepoPath; readonly line: number } | undefined;
  /** Edits that declare a server-side variable there. */
  readonly declare: (app: App, name: string) => readonly Edit[];
  /** How code of this app reads the variable; undefined for `process.env.NAME`. */
  readonly read?: (app: App, name: string) => Code | undefined;
}

export interface ViewAdapter extends Adapter {
  readonly pages: (app: App) => readonly Page[];
  /** The billing control: a form that posts to the portal route, in the look of the page. */
  readonly control: (app: App, page: Page, portal: string) => ViewSaying;
  /** The balance: fetched from `url` so that it never blocks the page. */
  readonly balance: (app: App, page: Page, url: string, portal: string) => ViewSaying;
}

/** A tool that was found, with its adapter. */
export interface InUse<A extends Adapter> {
  readonly id: string;
  readonly adapter: A;
  readonly finding: Finding;
}

export type { Datastore, UserExpression };

/** Each `define…` only fixes the type, so that an adapter is checked where it is written. */
export const defineProvider = (adapter: ProviderAdapter): ProviderAdapter => adapter;
export const defineFramework = (adapter: FrameworkAdapter): FrameworkAdapter => adapter;
export const defineAuth = (adapter: AuthAdapter): AuthAdapter => adapter;
export const defineDatastore = (adapter: DatastoreAdapter): DatastoreAdapter => adapter;
export const defineEnv = (adapter: EnvAdapter): EnvAdapter => adapter;
export const defineView = (adapter: ViewAdapter): ViewAdapter => adapter;
