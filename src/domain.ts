/**
 * The dictionary: every noun of the project, types only. Each verb (`scan`, `plan`, `stage`, `check`, `apply`) takes some of
 * these and gives others; CONTRIBUTING.md draws the flow. Imports nothing.
 */

/** A path relative to the repo's root, POSIX separators, no leading `./`. The root itself is `""`. */
export type RepoPath = string;

/** A place a person can check: `line` counts from 1, `text` is that line without its indentation, cut to 200 characters. */
export interface Evidence {
  readonly file: RepoPath;
  readonly line: number;
  readonly text: string;
}

/** The seven integration areas, in the order they are planned, shown and applied. */
export const AREAS = ["client", "customers", "usage", "gate", "portal", "balance", "costs"] as const;
export type Area = (typeof AREAS)[number];

/**
 * A file we may add to the app, named for its area. `store`, `subscription` and `webhook` belong to `customers`; `wallet` is shared by
 * `gate` and `balance`.
 */
export const GENERATED = ["client", "store", "customers", "subscription", "webhook", "usage", "costs", "wallet", "gate", "portal", "balance"] as const;
export type Generated = (typeof GENERATED)[number];

// ── Code: text that knows its imports ────────────────────────────────────────────────────────────────────────────────

/** What a piece of code needs in scope. `from` is a package specifier or a file of the repo; the writer decides how to spell it. */
export interface Import {
  readonly name: string;
  readonly from: { readonly package: string } | { readonly file: RepoPath };
  /** How the module gives it: a named export (default), its default export, or the whole module. */
  readonly as?: "named" | "default" | "namespace";
  readonly typeOnly?: boolean;
}

/** Text kept only when the areas in `areas` are all accepted (a generated file that mentions another area's file). */
export interface When {
  readonly areas: readonly Area[];
  readonly code: Code;
}

/** Code as text and what it needs. Written with the `code` tag; rendered in the style of the file it goes to. */
export interface Code {
  readonly parts: readonly (string | { readonly import: Import } | { readonly when: When })[];
}

// ── Edits ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** File and offset (UTF-16, into the text as scanned) where text may go. */
export interface Anchor {
  readonly file: RepoPath;
  readonly offset: number;
}

/**
 * A promise that whole statements may stand here: `before` or `after` the statement that spans `[offset, end)`. Only handed out
 * where our code, `await` included, is legal and the names it uses are in scope.
 */
export interface StatementAnchor extends Anchor {
  readonly place: "before" | "after";
  /** Where the statement beside it begins: ours takes over its indentation. */
  readonly start: number;
  /** The block the statement stands in: an anchor guards what comes later in its own block, and nothing outside it. */
  readonly block: readonly [start: number, end: number];
  /** Where `async ` must be spliced in first, when the function around is not async and may become so. */
  readonly makeAsync?: Anchor;
}

/**
 * `create`: a new file. `insert`: whole statements or lines beside an anchor. `splice`: replace exactly `remove` at an offset.
 * Code is written in our style (double quotes, semicolons, two spaces a level, no indentation of its own): the writer turns it into the
 * file's style, and gives every line after the first the indentation of the line it is put into.
 */
export type Edit =
  /** `generated`: a file of ours. One that is there already and unchanged since we wrote it is brought up to date. */
  | { readonly kind: "create"; readonly file: RepoPath; readonly code: Code; readonly generated?: boolean }
  | { readonly kind: "insert"; readonly at: StatementAnchor; readonly code: Code }
  | { readonly kind: "splice"; readonly at: Anchor; readonly remove: string; readonly code: Code };

/** What is accepted or declined as one. `needs` names changes without which this one would not compile. */
export interface Change {
  readonly id: string;
  readonly area: Area;
  readonly title: string;
  readonly evidence?: Evidence;
  readonly edits: readonly Edit[];
  readonly needs: readonly string[];
}

/** What we saw, why we will not touch it, and what the user can paste. */
export interface Handoff {
  readonly area: Area;
  readonly title: string;
  /** Why we do not do it ourselves, as one or two sentences. */
  readonly reason: string;
  readonly evidence: Evidence;
  readonly paste: Code;
  /** The file the pasted code is meant for, which decides how its imports are spelled. */
  readonly file: RepoPath;
}

/** A site that is already wired, or deliberately not billed: shown, never changed. */
export interface Note {
  readonly area: Area;
  readonly title: string;
  readonly evidence?: Evidence;
  readonly kind: "wired" | "not-billed" | "advice";
}

/** One answer we need. `key` is its place in `credyt.config.json`; a question without `fallback` cannot be skipped. */
export interface Question {
  readonly area: Area;
  readonly key: string;
  readonly message: string;
  readonly options?: readonly { readonly value: string; readonly title: string }[];
  readonly many?: boolean;
  readonly fallback?: string | readonly string[];
}

/** What to try after an area was applied, with a real route or page of this app in it. */
export interface TryThis {
  readonly area: Area;
  readonly text: string;
}

/** Everything that will happen to one app, area by area. */
export interface Plan {
  readonly app: AppSurvey;
  readonly changes: readonly Change[];
  readonly handoffs: readonly Handoff[];
  readonly notes: readonly Note[];
  readonly questions: readonly Question[];
  readonly tries: readonly TryThis[];
}

/** A file before and after. `before` is undefined for a new file. */
export interface FilePatch {
  readonly file: RepoPath;
  readonly before?: string;
  readonly after: string;
  /** A file that holds values of environment variables: reports show added lines only, never its other lines. */
  readonly secret?: boolean;
}

/** Files before and after, for a set of accepted changes. */
export interface Patch {
  readonly files: readonly FilePatch[];
}

/** What checking found. Empty lists mean passed; `typecheck` says when types could not be checked. */
export interface Verdict {
  readonly newTypeErrors: readonly TypeProblem[];
  readonly leaks: readonly Leak[];
  readonly broken: readonly Evidence[];
  readonly typecheck: "passed" | "failed" | `skipped: ${string}`;
  /** Type errors that were there before and are no concern of ours. */
  readonly oldTypeErrors: number;
}

/** A type error that the patch brings. */
export interface TypeProblem extends Evidence {
  readonly code: string;
  readonly message: string;
}

/** A chain of imports by which the key's file would reach the browser: from the client entry to the file. */
export interface Leak {
  readonly chain: readonly RepoPath[];
}

// ── Survey: all that scanning found ──────────────────────────────────────────────────────────────────────────────────

export type Language = "typescript" | "javascript" | "python";
export type ModuleSystem = "esm" | "commonjs";

/** A tool in use. `version` is what the app declares (its lower bound when it is a range). */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly version?: string;
  readonly variant?: string;
  readonly evidence: readonly Evidence[];
}

/** A place billing cares about. `wired` names those of our functions that the place calls already. */
export interface Site {
  readonly file: RepoPath;
  readonly line: number;
  /** The function (or object) around it, as a person would call it: `register`, `POST`, `AuthService.signUp`. */
  readonly symbol: string;
  /** 0 to 1, reasons in `evidence`; under 0.5 it is shown but not wired unless the user says so. */
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
  readonly wired: readonly string[];
}

/** How a request reaches the code around a site, and how that code answers. */
export interface Handler {
  readonly kind: "route" | "api-route" | "server-action" | "procedure" | "job" | "component" | "function";
  readonly file: RepoPath;
  readonly line: number;
  readonly symbol: string;
  /** `POST /api/chat`, where it is known. */
  readonly route?: string;
  /** Names of what the handler is given, as this code calls them: `req`, `res`, `next`, `ctx`, `c`, `request`, `reply`. */
  readonly names: Readonly<Record<string, string>>;
  /** The key of the error text in this handler's JSON answers: `error`, `message`, `msg`. */
  readonly errorKey?: string;
  /** True when other branches of this function `return` the answer they send, so ours must too. */
  readonly returnsAnswer?: boolean;
  /** The app's own way to fail: an error class thrown here or next to here, as code that takes status and message. */
  readonly throws?: { readonly code: Code };
  /** Set when this handler refuses by throwing: no `catch` of its own may stand between. */
  readonly refusal?: "thrown";
  /** Code that makes an answer of this app, when it does not use the framework's own: e.g. `NextResponse`. */
  readonly answer?: string;
}

/** Who the signed-in user is at a place, in this app's words. */
export interface UserExpression {
  readonly id: Code;
  /** Plain text of `id`, for reports. */
  readonly text: string;
  /** Statements that must stand first to have it, where the user is not in scope yet. */
  readonly setup?: Code;
  /** Edits that bring the user into scope: one more name in a parameter that is taken apart. Stable objects. */
  readonly edits?: readonly Edit[];
  readonly nullable?: boolean;
}

export type SignupKind =
  | "route-handler" | "server-action" | "service-function" | "auth-event" | "auth-callback" | "webhook" | "passport-strategy";

/** Where a new account has just been stored. */
export interface Signup extends Site {
  readonly kind: SignupKind;
  readonly tool: string;
  readonly user: { readonly id: Code | null; readonly email: Code | null; readonly name: Code | null };
  readonly handler?: Handler;
  /** Puts `ensureCustomer` where the new account is known; absent: handoff, `reason` says why. */
  readonly place?: Placement;
  /** Set when the place is a hook of the auth library: one that exists and is extended, or one that is added. */
  readonly hook?: "add" | "extend";
  readonly reason?: string;
  /** What else is done for the new account behind this place: a handler must not leave before it. */
  readonly unfinished?: Evidence;
  /** Sites that create the same account (a controller and its service): one of them is wired. */
  readonly group?: string;
}

/**
 * Puts statements of ours at a site: gives the edits that do it, including what makes their names available (a widened
 * destructuring, a `return` that is split, a callback that becomes `async`). Pure.
 */
export type Placement = (statements: Code) => readonly Edit[];

/** What is known of a finished call: expressions for volume fields and dimensions, by the field's name. */
export type Meter = Readonly<Record<string, Code>>;

/** A call that costs money, at the level where it is to be billed. */
export interface BillableCall extends Site {
  /** `chat.completions.create`, `streamText`, `POST api.replicate.com/v1/predictions`. */
  readonly call: string;
  /** The adapter's id: `openai`, `ai-sdk`, `anthropic`. */
  readonly provider: string;
  /** The function that is called, where the user names it as an activity: then there is no provider. */
  readonly named?: ActivityNamed;
  /** All of them, where one activity asks whichever is set up; each event says which it was. */
  readonly providers?: readonly string[];
  readonly streaming: boolean;
  readonly handler?: Handler;
  readonly user?: UserExpression;
  /** What the event would be called unless the user says otherwise: `chat_completion`. */
  readonly eventType: string;
  /** Where the balance is checked before it; empty when that is not possible everywhere it is reached from. */
  readonly gates: readonly Gate[];
  /** Where and with what the finished call is recorded. */
  readonly recording?: Recording;
  /** Why it is not billed by default, when it is not: the user's own key, moderation, a title, a cron job. */
  readonly notBilled?: string;
  /** Why `recording` is missing. */
  readonly reason?: string;
  /** How a person may record the call where we do not: a stream that leaves this function, a result used in place. */
  readonly byHand?: ByHand;
  /** From the provider call up to this site, where they differ. */
  readonly via?: readonly Evidence[];
}

/** A place in front of a billable call, in the handler that makes it or leads to it. */
export interface Gate {
  readonly file: RepoPath;
  readonly line: number;
  readonly symbol: string;
  readonly handler: Handler;
  readonly user: UserExpression;
  readonly before: StatementAnchor;
  /** The balance is checked there already. */
  readonly wired: boolean;
}

/** How a finished call is recorded: what it tells, and where the event goes (after the result, or into the stream's end). */
export interface Recording {
  readonly meter: Meter;
  readonly place: Placement;
  /** How a person may do the same, where the code around our statements is more than they show. */
  readonly byHand?: ByHand;
  /** The call itself tells what it used, from inside functions of the app: no event comes of what else runs there. */
  readonly inside?: true;
}

/** Code to paste for a call that we do not wire: what is known of it there, and the code around our statements. */
export interface ByHand {
  readonly meter: Meter;
  readonly around: (statements: Code) => Code;
}

/** A file the user sees: where the billing control and the balance may go. */
export interface Page {
  readonly kind: "settings" | "account" | "header" | "sidebar" | "billing";
  readonly file: RepoPath;
  readonly line: number;
  readonly view: string;
  readonly evidence: readonly Evidence[];
  /** The page's own address, where it is known. */
  readonly url?: string;
  /** It is the menu of a control that opens it: a form goes there, a balance does not. */
  readonly isMenu?: boolean;
  /** It holds what is the signed-in user's: their menu, or what signs out. */
  readonly isUsers?: boolean;
}

/** The stored account: the model or table of users. */
export interface UserModel {
  readonly name: string;
  readonly file: RepoPath;
  readonly line: number;
  /** Name of the key field and what it is in the app's language. */
  readonly id: { readonly name: string; readonly type: "string" | "number" | "objectid" | "unknown" };
  readonly email?: string;
  readonly displayName?: string;
}

/** The data store and its user model. */
export interface Datastore extends Finding {
  readonly userModel?: UserModel;
}

/** How secrets reach this app. Names only, never values. */
export interface EnvSurvey {
  readonly files: readonly EnvFile[];
  /** The module that declares and validates variables, where there is one. */
  readonly module?: { readonly id: string; readonly file: RepoPath; readonly line: number };
}

/** One `.env`-like file: which names it declares, and whether git tracks it. */
export interface EnvFile {
  readonly file: RepoPath;
  readonly role: "example" | "local" | "other";
  readonly tracked: boolean;
  readonly names: readonly string[];
}

/** What is already there that charges or limits: named, so that ours stands beside it. */
export interface Payment {
  readonly kind: "payments" | "credits" | "quota" | "rate-limit";
  readonly title: string;
  readonly evidence: Evidence;
}

/** How this app writes code; taken from its files, never from a formatter's configuration alone. */
export interface Style {
  readonly quotes: "single" | "double";
  readonly semicolons: boolean;
  /** One level of indentation: a tab or some spaces. */
  readonly indent: string;
  readonly newline: "\n" | "\r\n";
  readonly trailingComma: boolean;
}

/** How one file of the app can be spelled from another. */
export interface ImportStyle {
  readonly moduleSystem: ModuleSystem;
  /** `@/*` → folder prefix, longest first; empty when the app writes relative imports. */
  readonly aliases: readonly { readonly prefix: string; readonly dir: RepoPath }[];
  /** Extension written in relative imports: none, or `.js`. */
  readonly extension: "" | ".js" | ".ts";
}

/** One `import` or top-level `require` of a file, with the offsets that adding a name to it needs. */
export interface ImportFact {
  readonly kind: "import" | "require";
  readonly module: string;
  /** The file of the repo that `module` names, when it is one. */
  readonly file?: RepoPath;
  readonly start: number;
  readonly end: number;
  readonly typeOnly: boolean;
  readonly named: readonly { readonly imported: string; readonly local: string }[];
  readonly defaultName?: string;
  readonly namespace?: string;
  /** Where another named specifier may be spliced in: after the last one. Absent when there is no `{ … }`. */
  readonly namedEnd?: number;
}

/** What writing into a file needs to know of it; offsets are into `text`, the file as scanned. */
export interface FileFacts {
  readonly file: RepoPath;
  readonly text: string;
  readonly style: Style;
  readonly moduleSystem: ModuleSystem;
  readonly imports: readonly ImportFact[];
  /** Where a first import may stand: after the hashbang, the head comment and the directives (`"use server"`). */
  readonly head: number;
  /** Every identifier in the file, so that a name we bring collides with none. */
  readonly names: ReadonlySet<string>;
}

/** Where files of ours go and which of them exist. */
export interface GeneratedHome {
  readonly dir: RepoPath;
  /** What the names of our files end in; with `.server` in front where that is what keeps a file out of the browser. */
  readonly extension: ".ts" | ".js" | ".mjs" | ".cjs" | ".server.ts" | ".server.js";
  readonly existing: Readonly<Partial<Record<Generated, string>>>;
}

/** A script of the app that was left alone, with the line where it stops making sense where there is one. */
export interface LeftAlone {
  readonly file: RepoPath;
  readonly line?: number;
  readonly why: string;
}

/** Everything known of one app. Plain data, plus `dialect`: how its tools say what a transform wants said. */
export interface AppSurvey {
  /** The app's folder, relative to the repo's root. */
  readonly dir: RepoPath;
  readonly name: string;
  readonly language: Language;
  readonly moduleSystem: ModuleSystem;
  /** Some of the app runs where Node's modules are missing: the Edge runtime of Next.js, workers. */
  readonly edge: boolean;
  readonly packageManager: string;
  /** Names of the packages that the app declares. */
  readonly packages: readonly string[];
  /** The types of Node that this app compiles with are older than Node 18: they know no `fetch`. */
  readonly oldTypes: boolean;
  /** Names that the framework gives every file without an import, where its declarations of them may not be made yet: `defineEventHandler`. */
  readonly globals: readonly string[];
  /** Scripts that could not be read or parsed: what they hold is not known. */
  readonly leftAlone?: readonly LeftAlone[];
  readonly framework: Finding;
  readonly auth: readonly Finding[];
  readonly datastore?: Datastore;
  readonly env: EnvSurvey;
  readonly signups: readonly Signup[];
  readonly billables: readonly BillableCall[];
  /** A file with an activity to bill that runs outside the framework's bundle: a worker of a queue. */
  readonly unbundled?: RepoPath;
  readonly pages: readonly Page[];
  readonly payments: readonly Payment[];
  readonly home: GeneratedHome;
  readonly style: Style;
  readonly imports: ImportStyle;
  readonly dialect: Dialect;
  /** Facts of a file of the repo that code is to be written into; undefined for a file that is not there or cannot be parsed. */
  readonly facts: (file: RepoPath) => FileFacts | undefined;
  /** Text of any file as scanned, `undefined` when it is not there. */
  readonly text: (file: RepoPath) => string | undefined;
  /** The name of the package of the repo that a file belongs to, where that is one which the app uses and which cannot import from the app. */
  readonly library: (file: RepoPath) => string | undefined;
  /** Names of our functions that files of the app call, by file: how a second run knows what is wired. */
  readonly calls: Readonly<Record<RepoPath, readonly string[]>>;
  /** Hand-written calls to Credyt's API outside our files. */
  readonly handWritten: readonly Evidence[];
}

/** A route of ours that an area needs. */
export type RouteKind = "portal" | "balance" | "webhook" | "payment";

/** How a framework says a route: its file, and the lines elsewhere that mount it. */
export interface RouteSaying {
  /** The route's address in the running app: `/api/billing/portal`. */
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly edits: readonly Edit[];
  /** Set where people are signed in by a header, which no form sends: scripts ask, and are given the address to go to. */
  readonly byScript?: boolean;
  /** Set when this route cannot be written safely: becomes a handoff with this code. */
  readonly handoff?: { readonly reason: string; readonly paste: Code; readonly file: RepoPath; readonly evidence: Evidence };
}

/** How this app's tools say what a transform wants said. Bound by `scan` from the adapters in use; pure. */
export interface Dialect {
  /** Statements that answer 402 and leave the handler, given the name of the balance check in scope. */
  readonly refuse: (handler: Handler, check: string) => Code | undefined;
  /** Who is signed in, as a handler that does not ask yet could ask it: in code that a person pastes. */
  readonly asks: (handler: Handler) => UserExpression | undefined;
  /** A route of ours, or undefined where this framework cannot have one. `files` are those already there. */
  readonly route: (kind: RouteKind, home: GeneratedHome) => RouteSaying | undefined;
  /** Edits without which the id of the signed-in user cannot be read; part of every change that reads it. */
  readonly signedIn: readonly Edit[];
  /** Statements that send a new user to the payment page from a sign-up handler. */
  readonly sendToPayment: (handler: Handler, customer: string) => Code | undefined;
  /** The `store` slot: `readUser` and `saveCustomer` on these columns of this app's data store; `activate` is the body of `activateCustomer`. */
  readonly store?: (names: readonly ("customerId" | "status")[]) => StoreSaying | undefined;
  /** Edits that give the user model its billing columns, and the command that migrates. */
  readonly columns?: (names: readonly ("customerId" | "status")[]) => ColumnSaying;
  /** Reads a variable of the environment: `process.env.X`, `env.X`, `config.credyt.key`. */
  readonly readEnv: (name: string) => Code;
  /** Reads any variable, declared or not, where `process.env` does not hold what `.env` files say: SvelteKit. */
  readonly readOpenEnv?: (name: string) => Code;
  /** Edits that declare a variable where the app validates them. */
  readonly declareEnv: (name: string) => readonly Edit[];
  /** The billing control on a page, and the balance beside it. */
  readonly control: (page: Page, portal: string) => ViewSaying | undefined;
  readonly balance: (page: Page, url: string, portal: string) => ViewSaying | undefined;
  /** Writes one line to this app's log at error level, given an expression of type string. */
  readonly logError: (line: string) => Code;
  /** The app's public URL, from its own configuration. */
  readonly appUrl?: Code;
}

/** Edits to a view, or why there are none. */
export interface ViewSaying {
  readonly edits: readonly Edit[];
  readonly handoff?: { readonly reason: string; readonly paste: Code };
}

/** `readUser` and `saveCustomer` as code, the body of `activateCustomer`, and edits that make the app's client importable. */
export interface StoreSaying {
  readonly code: Code;
  readonly activate: Code;
  readonly edits?: readonly Edit[];
}

/** Columns for the user model: edits to the schema, the migration's file, what to run. */
export interface ColumnSaying {
  readonly edits: readonly Edit[];
  /** The command that brings the database up to date, or undefined when none is needed. */
  readonly command?: string;
  readonly handoff?: { readonly reason: string; readonly paste: Code };
}

/** Everything scanning found, for every app of the repo. */
export interface Survey {
  /** Absolute path of the repo's root. */
  readonly root: string;
  readonly apps: readonly AppSurvey[];
  readonly stats: { readonly files: number; readonly read: number; readonly parsed: number; readonly milliseconds: number };
}

// ── Choices ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One billable activity as the user decided it. `at` is `file#symbol`. */
export interface ActivityChoice {
  readonly at: string;
  readonly eventType?: string;
  readonly volume?: string;
  readonly dimensions?: readonly string[];
  readonly billed?: boolean;
  readonly estimate?: number;
}

/** A function of the app that is an activity though it calls no provider we know. `file` is relative to the app's folder. */
export interface ActivityNamed {
  readonly file: string;
  readonly function: string;
  readonly eventType: string;
}

/** What the user told us: the contents of `credyt.config.json`, with defaults filled in. */
export interface Choices {
  readonly products: readonly string[];
  readonly billing: "usage" | "upfront";
  readonly activities: readonly ActivityChoice[];
  readonly billable: readonly ActivityNamed[];
  readonly asset: string;
  /** Provider id → the vendor in Credyt. */
  readonly vendors: Readonly<Record<string, { readonly vendor_id: string } | { readonly vendor_external_id: string }>>;
  readonly returnPath: string;
  readonly failurePath: string;
  readonly whenUnavailable: "allow" | "block";
  readonly pages: { readonly control?: string; readonly balance?: string };
  readonly areas: readonly Area[];
}
