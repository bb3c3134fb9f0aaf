import type {
  Code, ColumnSaying, Datastore, Edit, Finding, GeneratedHome, Handler, Meter, Page, Recording, RepoPath, RouteKind, RouteSaying, Signup, StoreSaying, UserExpression, UserModel, ViewSaying,
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
  /** False where a package is there and the tool is not used for this: Supabase as a mere database. */
  readonly applies?: (app: App) => boolean;
}

// ── Providers: who is paid ───────────────────────────────────────────────────────────────────────────────────────────

/** A paid call, written as the provider's documentation writes it. */
export interface CallPattern {
  /** Packages it is imported from (`@langchain/*` for all of a scope); the adapter's own when left out. */
  readonly package?: readonly string[];
  /** An exported function (`streamText`), or names of exported classes or factories and the method on what they make. */
  readonly function?: readonly string[];
  readonly of?: readonly string[];
  /** `chat.completions.create`; steps of calls as `getGenerativeModel().generateContent`. */
  readonly method?: string;
  /** For what `of` cannot say (chains of `.pipe()`): all steps before `method`, as a regular expression. */
  readonly path?: string;
  /** What a person calls it; the method or function when left out. */
  readonly call?: string;
  /** What the usage event is called unless the user says otherwise, in snake_case: `chat_completion`. */
  readonly eventType: string;
  /**
   * Volume fields and dimensions of the event, by the event's field name: paths into the result (`usage?.total_tokens`), or an
   * expression with such paths in braces (`Number({duration})`).
   */
  readonly meter: Readonly<Record<string, string>>;
  /** Expressions that do not come from the result, as text: `{ images: "1" }`. `$n` reads option n of the call's options object: `$model`, `$text.length`; `$1` its second argument. */
  readonly given?: Readonly<Record<string, string>>;
  /** A last look at the call: false when it is not this one after all (`send(new OtherCommand())`). */
  readonly accepts?: (call: ts.CallExpression, app: App) => boolean;
  /** The provider that is paid, by its id or its API's address, where the call tells (`model: anthropic(…)`) and it is not this adapter. */
  readonly paidTo?: (call: ts.CallExpression, app: App) => string | undefined;
  /** The call gives a `Response`, whose JSON is the result. */
  readonly answers?: "response";
  /** Whether the call gives a stream. Default: its options hold `stream`, and not as `false`. */
  readonly streams?: boolean | ((call: ts.CallExpression, app: App) => boolean);
  /** How a streaming call is recorded; default is a handoff. */
  readonly recordStream?: Recorder;
  /** How a finished call is recorded, where binding its result is not the way. */
  readonly record?: Recorder;
  /** Shown and not billed by default, because. */
  readonly notBilled?: string | ((call: ts.CallExpression, app: App) => string | undefined);
  /** Only from or up to these versions of the package: `5`, `"0.9"`. */
  readonly since?: number | string;
  readonly until?: number | string;
}

/** Says how one call is recorded; `undefined` leaves it to the usual way. */
export type Recorder = (context: CallContext) => Recording | NotHeld | undefined;

/** An HTTP call to a provider without its SDK: `fetch(url)`, `axios.post(url)`. */
export interface HostPattern {
  /** Found in the address, after which `path` must match; the adapter's own host when left out. */
  readonly host?: RegExp;
  /** Tested against what follows the host; holes of templates read as `*`. */
  readonly path: RegExp;
  /** Only with this method, where the code tells it. */
  readonly method?: "POST";
  readonly call: string;
  readonly eventType: string;
  /** Paths into the body of the answer. */
  readonly meter: Readonly<Record<string, string>>;
  readonly given?: Readonly<Record<string, string>>;
  readonly recordStream?: Recorder;
  readonly record?: Recorder;
  readonly notBilled?: string;
}

/** What a provider's own recorder is given. */
export interface CallContext {
  readonly app: App;
  /** The provider's call, and where its result arrives: the same, unless a function of the app hands the result on. */
  readonly call: ts.CallExpression;
  readonly site: ts.CallExpression;
  readonly pattern: CallPattern | HostPattern;
  readonly held: Held | NotHeld;
  /** Major version of the package the call comes from, where it is known. */
  readonly version: number | undefined;
  /** The event's fields, given how a path into the result is written there. */
  readonly meterOf: (value: (path: string) => Code | undefined) => Meter;
  /** A name that is free in the file: the first of those wished for, else one made from them. */
  readonly fresh: (...wished: readonly string[]) => string;
}

export interface ProviderAdapter extends Adapter {
  readonly calls: readonly CallPattern[];
  readonly hosts?: readonly HostPattern[];
  /** The provider's API host: of its `hosts`, and of other SDKs' clients that are pointed at it (`baseURL: "https://api.groq.com/…"`). */
  readonly host?: RegExp;
}

// ── Frameworks: how requests come in and answers go out ──────────────────────────────────────────────────────────────

export interface FrameworkAdapter extends Adapter {
  /** Frameworks that others are built on stand behind them: Nest before Express. Higher wins. */
  readonly rank: number;
  readonly variant?: (app: App) => string | undefined;
  /** Scripts, relative to the app, whose exports every file may use without an import. */
  readonly shared?: RegExp;
  /** Names of its own that every file may use without an import. */
  readonly globals?: (app: App) => readonly string[];
  /** The handler a function is, when this framework calls it. Total. */
  readonly handler: (fn: Fn, app: App) => Handler | undefined;
  /** Who is signed in at a node, as this framework gives it to its handlers, where no name in scope says so: `c.get("user").id`, `locals.user.id`. */
  readonly userOf?: (node: ts.Node, app: App) => UserExpression | undefined;
  /** Whether a middleware that finds out who is signed in runs in front of a handler; undefined where it cannot tell how the function is reached. */
  readonly isGuarded?: (fn: Fn, app: App) => boolean | undefined;
  /** Whether the type of what a read takes off the request (`req.user.id`) says that it may be missing: `user?: User`. */
  readonly isDeclaredOpen?: (read: string, app: App) => boolean;
  /** How a handler that is there already would ask who is signed in, in its own names; `user` is what an auth library says for a new route. */
  readonly asks?: (handler: Handler, app: App, user: CurrentUser | undefined) => CurrentUser | undefined;
  /** Statements that answer 402 and leave; `check` names the balance check in scope, `body` makes the JSON answer from it. */
  readonly refuse: (handler: Handler, check: string, paymentRequired: Code, app: App) => Code | undefined;
  /** Statements that send a new user to the payment page: `customer` names the result of `ensureCustomer` in scope. */
  readonly sendToPayment: (handler: Handler, customer: string, app: App) => Code | undefined;
  /** A route of ours. `user` says who is signed in there. */
  readonly route: (kind: RouteKind, context: RouteContext) => RouteSaying | undefined;
  /** Where generated files live in an app of this framework, most usual first; the first whose parent folder exists is taken. */
  readonly homes: (app: App) => readonly RepoPath[];
  /** The address of the page that a file of a view language is, where the framework renders it. */
  readonly pageUrl?: (app: App, file: RepoPath) => string | undefined;
  /** Set where a file's name has to say that it is for the server: `client.server.ts`. */
  readonly suffix?: (app: App, home: RepoPath) => ".server" | "";
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
  /** The path to the id in this app, where the app's own code decides it; undefined when its value holds no id. Wins over `id`. */
  readonly idIn?: (app: App) => string | undefined;
  /** True when the library's types say that a signed-in user's id may be missing: TypeScript needs a `!`. */
  readonly loose?: (app: App) => boolean;
}

export interface AuthAdapter extends Adapter {
  readonly users: readonly UserPattern[];
  /** Edits without which `users` and `currentUser` do not hold: a session that must first be given the user's id. Stable objects. */
  readonly needs?: (app: App) => readonly Edit[];
  /** Names of a column in which apps keep this service's id of a user, beside a key of their own: `clerkId`. */
  readonly key?: RegExp;
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
  readonly call: ts.CallExpression | ts.NewExpression | ts.TaggedTemplateExpression;
  /** Methods that belong to the call: `/^(?:values|returning)$/`. */
  readonly chain?: RegExp;
  /** The object of the new user's fields, where it is written out at the call. */
  readonly fields?: ts.ObjectLiteralExpression;
  /** From the result to the row: `[0]` for a list, the empty string for the row itself; undefined when the result holds no id. */
  readonly row?: string;
  /** From the result to the key, where the result is not a row: `insertId`. */
  readonly id?: string;
  /** The expressions that columns were given, where no object literal says so. */
  readonly given?: Readonly<Record<string, ts.Expression>>;
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
  readonly store: (app: App, model: UserModel, names: readonly ("customerId" | "status")[]) => StoreSaying | undefined;
  readonly columns: (app: App, model: UserModel, names: readonly ("customerId" | "status")[]) => ColumnSaying;
}

// ── Env and views ────────────────────────────────────────────────────────────────────────────────────────────────────

/** A module that declares and validates environment variables. */
export interface EnvAdapter extends Adapter {
  /** A module that checks its variables stands before one that only gathers them. Higher wins. */
  readonly rank: number;
  readonly find: (app: App) => { readonly file: RepoPath; readonly line: number } | undefined;
  /** Edits that declare a server-side variable there. */
  readonly declare: (app: App, name: string) => readonly Edit[];
  /** Set where any variable is read that way, declared or not, and `process.env` may not hold it. */
  readonly open?: true;
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
