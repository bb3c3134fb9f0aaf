import type { Code, Edit, Signup } from "../src/domain.ts";
import { code, raw, textOf } from "../src/code/code.ts";
import { clientEdits } from "./client.ts";
import { appEvidence, freeName, objectCode, ours, ownFile, ownFileEdit, type Context, type Step, type Transform } from "./transform.ts";

/**
 * A customer for every new account.
 * Before: `const user = await db.user.create(…);` After: the same, then
 * `await ensureCustomer({ externalId: user.id, email: user.email });`
 */
export const customers: Transform = {
  area: "customers",
  title: "Customers",
  questions: ({ choices }) => [
    { area: "customers", key: "products", message: "Which products is a new customer subscribed to? (codes in Credyt, separated by commas; none: nothing is billed yet)", many: true, fallback: choices.products },
    { area: "customers", key: "billing", message: "Do customers pay as they go, or for a plan up front?", options: [{ value: "usage", title: "as they go" }, { value: "upfront", title: "a plan, paid up front" }], fallback: choices.billing },
  ],
  *steps(context) {
    yield* files(context);
    yield* columns(context);
    for (const signup of context.app.signups) yield* atSignup(context, signup);
    if (context.choices.billing === "upfront") yield* paymentRoutes(context);
    if (context.choices.products.length === 0)
      yield { note: { area: "customers", kind: "advice", title: "New customers are subscribed to no product yet, so nothing is billed: set `products` in credyt.config.json" } };
    if (context.app.signups.length === 0)
      yield { note: { area: "customers", kind: "advice", title: "No sign-up was found in this app: a customer is made at a user's first use", evidence: appEvidence(context) } };
  },
  tries: ({ app }) => {
    const likely = app.signups.filter((one) => one.confidence >= 0.5);
    const first = likely.find(({ handler }) => handler?.route !== undefined) ?? likely[0];
    if (!first) return [];
    // A webhook's route is called by the auth service: people sign up with that.
    const route = first.kind === "webhook" ? undefined : first.handler?.route;
    return [`Sign up a new user${route === undefined ? ` (${first.symbol} in ${first.file} makes the customer)` : ` through ${route}`}, then look for a customer with external_id = the new user's id.`];
  },
};

/** Files that know customers: needed by every area but `client`. */
export function customerEdits(context: Context): Edit[] {
  const { app, choices } = context;
  const store = app.dialect.store;
  const upfront = choices.billing === "upfront";
  const withStore = store ? (["customers"] as const) : false;
  const conditions = { store: withStore, upfront: upfront && store ? (["customers"] as const) : false, "server-only": app.framework.id === "next" };
  const slots = {
    products: raw(`const products${app.language === "typescript" && choices.products.length === 0 ? ": string[]" : ""} = [${choices.products.map((one) => JSON.stringify(one)).join(", ")}];`),
    returnPath: raw(`const returnPath = ${JSON.stringify(choices.returnPath)};`),
    failurePath: raw(`const failurePath = ${JSON.stringify(choices.failurePath)};`),
    ...appUrlSlots(context),
  };
  return [...clientEdits(context), ownFileEdit(context, "customers", { slots, conditions })];
}

/** The app's public address, from its own configuration; the template's own line reads `APP_URL` from the environment. */
export function appUrlSlots({ app }: Context): { readonly appUrl?: Code; readonly appUrlMissing?: Code } {
  const own = app.dialect.appUrl;
  const read = own ?? app.dialect.readOpenEnv?.("APP_URL");
  if (!read) return {};
  const name = own ? textOf(own).replace(/^(?:process\.env|import\.meta\.env|env)\./, "") : "APP_URL";
  return { appUrl: code`const appUrl = ${read};`, appUrlMissing: raw(`throw new Error("${name.replaceAll('"', "")} is not set: set it to the app's public address.");`) };
}

function* files(context: Context): Generator<Step> {
  const { app, choices } = context;
  const upfront = choices.billing === "upfront";
  const store = app.dialect.store?.(upfront ? ["customerId", "status"] : ["customerId"]);
  const edits = customerEdits(context);
  if (store) edits.push(ownFileEdit(context, "store", { slots: { store: store.code }, conditions: { upfront } }), ...(store.edits ?? []));
  if (upfront && store) {
    edits.push(ownFileEdit(context, "subscription", { slots: {}, conditions: { upfront } }));
    edits.push(ownFileEdit(context, "webhook", { slots: { secret: secretSlot(context) }, conditions: { upfront } }));
  }
  // Another area may have brought the first file alone: the store comes with this one.
  const { existing } = app.home;
  if (existing.customers !== undefined && (!store || existing.store !== undefined) && (!upfront || existing.webhook !== undefined)) yield { note: { area: "customers", kind: "wired", title: `Customers are kept by ${ownFile(context, "customers")}` } };
  else yield { change: { id: "customers.files", area: "customers", title: "Create, find and remember customers", edits, needs: [] } };
}

function secretSlot({ app }: Context): Code | undefined {
  return app.env.module === undefined ? undefined : code`const secret = ${app.dialect.readEnv("CREDYT_WEBHOOK_SECRET")};`;
}

function* columns(context: Context): Generator<Step> {
  const { app, choices } = context;
  const saying = app.dialect.columns?.(choices.billing === "upfront" ? ["customerId", "status"] : ["customerId"]);
  const model = app.datastore?.userModel;
  // Without a store of ours nothing would read the column, and a migration would be for nothing.
  if (!saying || !model || !app.dialect.store) return;
  const evidence = { file: model.file, line: model.line, text: model.name };
  if (saying.handoff) yield { handoff: { area: "customers", title: `A column for the customer's id in ${model.name}`, reason: saying.handoff.reason, evidence, paste: saying.handoff.paste, file: model.file } };
  if (saying.edits.length > 0) yield { change: { id: "customers.columns", area: "customers", title: `A column for the customer's id in ${model.name}`, evidence, edits: saying.edits, needs: ["customers.files"] } };
  if (saying.command !== undefined && saying.edits.length > 0) yield { note: { area: "customers", kind: "advice", title: `Then bring the database up to date: ${saying.command}` } };
}

function* atSignup(context: Context, signup: Signup): Generator<Step> {
  const evidence = { file: signup.file, line: signup.line, text: signup.evidence[0]?.text ?? signup.symbol };
  const title = `${signup.symbol}: customer for the new account`;
  if (signup.wired.includes("ensureCustomer")) {
    yield { note: { area: "customers", kind: "wired", title: `${signup.symbol} makes a customer already`, evidence } };
  } else if (signup.confidence < 0.5) {
    // What an auth library's adapter says of a place of its own is better than our guess.
    const because = signup.group === undefined ? signup.reason : undefined;
    yield { note: { area: "customers", kind: "advice", title: because === undefined ? `${signup.symbol} stores a user too, but does not look like a sign-up` : `${signup.symbol}: ${because}`, evidence } };
  } else if (signup.place && signup.user.id) {
    const edits = [...signup.place(statements(context, signup)), ...customerEdits(context)];
    yield { change: { id: `customers.${signup.file}:${signup.line}`, area: "customers", title, evidence, edits, needs: ["customers.files"] } };
    if (signup.reason !== undefined) yield { note: { area: "customers", kind: "advice", title: signup.reason, evidence } };
    yield* toPayment(context, signup);
  } else {
    yield { handoff: { area: "customers", title, reason: `Not done here: ${signup.reason ?? "the new user's id is not in reach"}.`, evidence, paste: statements(context, signup), file: signup.file } };
  }
}

/** `await ensureCustomer({ … });`, and for a paid plan the way to the payment page. */
function statements(context: Context, signup: Signup): Code {
  const { app } = context;
  const { id, email, name } = signup.user;
  const fields: [string, Code][] = [["externalId", id ?? raw("user.id")]];
  if (email) fields.push(["email", email]);
  if (name) fields.push(["name", name]);
  const call = code`await ${ours(context, "customers", "ensureCustomer")}(${objectCode(fields)})`;
  const customer = freeName(app.facts(signup.file), "customer", "billing", "credytCustomer");
  const send = isUpfront(context) && !signup.unfinished ? sending(context, signup, customer) : undefined;
  return send ? code`const ${customer} = ${call};\n${send}` : code`${call};`;
}

/** Whether accounts wait for a payment: the app must keep that state somewhere. */
const isUpfront = ({ app, choices }: Context): boolean => choices.billing === "upfront" && app.dialect.store !== undefined;

const sending = ({ app }: Context, { handler }: Signup, customer: string): Code | undefined => (handler ? app.dialect.sendToPayment(handler, customer) : undefined);

/** Where a sign-up cannot lead to the payment page by itself, a person sees to it: a hook has no answer, a handler may have more to do. */
function* toPayment(context: Context, signup: Signup): Generator<Step> {
  const { app } = context;
  const send = sending(context, signup, "customer");
  if (!isUpfront(context) || (send && !signup.unfinished)) return;
  const { unfinished } = signup;
  const because = unfinished
    ? `More is done for the new account behind this place, first in line ${unfinished.line}: the way to the payment page belongs at the end.`
    : signup.handler && signup.kind !== "webhook"
      ? `How ${signup.symbol} can send the browser to the payment page from inside its own code is not clear.`
      : `${signup.symbol} does not answer the browser itself: the way to the payment page belongs where the sign-up is answered.`;
  const route = app.dialect.route("payment", app.home);
  const link = route && !route.handoff ? ` For a user who is signed in, ${route.method} ${route.url} leads there too.` : "";
  const go = send ? { parts: send.parts.map((part) => (typeof part === "string" ? part.replaceAll("customer.redirectUrl", "paymentUrl") : part)) } : raw("if (paymentUrl) {\n  // Redirect there, or give it to the front end to open.\n}");
  const paste = code`const paymentUrl = await ${ours(context, "customers", "paymentLinkFor")}(${signup.user.id ?? raw("user.id")});\n${go}`;
  yield { handoff: { area: "customers", title: `${signup.symbol}: to the payment page`, reason: `${because}${link}`, evidence: unfinished ?? { file: signup.file, line: signup.line, text: signup.evidence[0]?.text ?? signup.symbol }, paste, file: signup.file } };
}

function* paymentRoutes(context: Context): Generator<Step> {
  const { app } = context;
  if (!isUpfront(context)) {
    const reason = "Where this app keeps its users is not clear, and such a plan needs a place for its state: customers are made as for paying as they go. Keep a table or model of users, then run this again.";
    yield { handoff: { area: "customers", title: "A plan paid up front", reason, evidence: appEvidence(context), paste: raw(""), file: ownFile(context, "customers") } };
    return;
  }
  for (const kind of ["webhook", "payment"] as const) {
    const route = app.dialect.route(kind, app.home);
    const title = kind === "webhook" ? "Webhook that activates paid accounts" : "A fresh payment link for accounts that have not paid";
    const lacking = kind === "webhook" ? `This tool does not write webhooks for ${app.framework.title} yet.` : "How a new route learns who is signed in is not clear in this app.";
    const paste = kind === "webhook" ? ours(context, "webhook", "handleCredytWebhook") : code`const url = await ${ours(context, "customers", "paymentLinkFor")}(user.id);`;
    if (!route) yield { handoff: { area: "customers", title, reason: lacking, evidence: appEvidence(context), paste, file: ownFile(context, "customers") } };
    else if (route?.handoff) yield { handoff: { area: "customers", title, ...route.handoff } };
    else if (route && route.edits.every((edit) => edit.kind === "create" && app.text(edit.file) !== undefined)) yield { note: { area: "customers", kind: "wired", title: `${title}: ${route.method} ${route.url} is there` } };
    else if (route) yield { change: { id: `customers.route.${kind}`, area: "customers", title: `${title}: ${route.method} ${route.url}`, edits: route.edits, needs: ["customers.files"] } };
  }
}
