import { assetOf } from "./assets.ts";
import { type Call, type Credyt, type Route, json } from "./credyt.ts";
import { after, timestamp } from "./clock.ts";
import { customerIn } from "./customers.ts";
import { newId, newUuid } from "./ids.ts";
import { type Money, booked, exact, total, zero } from "./money.ts";
import { page, paging } from "./page.ts";
import { notFound, refused } from "./problem.ts";
import type { TransactionRecord } from "./records.ts";
import { type Check, isNumeric, map, moment, note, number, object, optional, positive, read, scalar, text, unsigned, uuid } from "./shape.ts";
import type { Asset, State, TopUp } from "./state.ts";
import { type Account, type Grant, accountId, available, ordinary, settle } from "./wallet.ts";

const reasons: Readonly<Record<string, { readonly sign: -1 | 0 | 1; readonly purpose: string }>> = {
  external_topup: { sign: 1, purpose: "paid" },
  gift: { sign: 1, purpose: "promotion" },
  external_refund: { sign: -1, purpose: "paid" },
  other: { sign: 0, purpose: "paid" },
};

const nonZero: Check<ReturnType<typeof number>> = (value, path, finding) => {
  const amount = number(value, path, finding);
  if (isNumeric(amount) && booked(exact(amount)).isZero()) finding.refuse(path, "must not be 0");
  return amount;
};
const adjustment = object({
  transaction_id: uuid,
  asset: text(16),
  amount: nonZero,
  reason: text(50),
  account_name: optional(text(50)),
  description: optional(note(1000)),
  effective_at: optional(moment),
  expires_at: optional(moment),
  metadata: optional(map(scalar)),
});
const charge = object({
  transaction_id: uuid,
  asset: text(16),
  amount: positive,
  account_name: optional(text(50)),
  subject: optional(note(500)),
  description: optional(note(1000)),
  metadata: optional(map(scalar)),
  input_units: optional(unsigned),
  input_volume: optional(unsigned),
  unit_price: optional(unsigned),
  volume_rate: optional(unsigned),
  package_size: optional(unsigned),
});
const grantFilters = ["purpose", "exclude_expired", "effective_from", "effective_to", "expired_from", "expired_to"] as const;

/** The operations on a customer's wallet. */
export const walletRoutes: readonly Route[] = [
  { method: "GET", path: "/customers/:id/wallet", answer: (call, credyt) => json(200, { accounts: accountsOf(credyt.state, customerIn(credyt, call).id).map((one) => accountView(one, credyt.state, call)) }) },
  { method: "POST", path: "/customers/:id/wallet/adjustments", answer: adjust },
  { method: "POST", path: "/customers/:id/wallet/charges", answer: chargeNow },
  { method: "GET", path: "/customers/:id/wallet/transactions/:transaction", answer: getTransaction },
  { method: "GET", path: "/customers/:id/wallet/:account", answer: getAccount },
  { method: "GET", path: "/customers/:id/wallet/:account/grants", query: [...paging, ...grantFilters], answer: listGrants },
];

/** A customer's accounts in the order they were opened. */
export function accountsOf(state: State, customer: string): readonly Account[] {
  return [...(state.wallets.get(customer)?.values() ?? [])];
}

/** A grant that begins now and ends as asked, else after a year. Throws 422 when it would end before it begins. */
export function newGrant(amount: Money, purpose: string, now: number, times: { readonly effective?: number | undefined; readonly expires?: number | undefined } = {}): Grant {
  const effective = times.effective ?? now;
  const expires = times.expires ?? after(effective, "year", 1);
  if (expires <= effective) throw refused("expires_at", "must be later than the moment the credit is effective");
  return { id: newId("grt"), amount, rest: amount, purpose, priority: ordinary, effective, expires, created: now };
}

function adjust(call: Call, credyt: Credyt) {
  const customer = customerIn(credyt, call);
  const asked = read(adjustment, call.body, credyt.strict);
  const before = credyt.ledger.transactions.get(asked.transaction_id);
  if (before) return transactionAnswer(before, credyt);
  const amount = booked(exact(asked.amount));
  const rule = reasons[asked.reason] ?? (credyt.switches.anyReason && /^[a-z_]+$/.test(asked.reason) ? reasons.other : undefined);
  if (!rule) throw refused("reason", `must be one of ${Object.keys(reasons).join(", ")}`);
  if (rule.sign !== 0 && amount.s !== rule.sign) throw refused("amount", `must be ${rule.sign < 0 ? "negative" : "positive"} for ${asked.reason}`);
  const times = { effective: time(asked.effective_at), expires: time(asked.expires_at) };
  const grant = amount.isPositive() ? { grant: ungranted(newGrant(amount, rule.purpose, call.now, times)) } : {};
  const { reason, description, metadata } = asked;
  return book({ ...header(asked, customer.id, credyt, call.now), type: "adjustment", reason, amount, description, metadata, ...grant }, credyt);
}

function chargeNow(call: Call, credyt: Credyt) {
  const customer = customerIn(credyt, call);
  const asked = read(charge, call.body, credyt.strict);
  const before = credyt.ledger.transactions.get(asked.transaction_id);
  if (before) return transactionAnswer(before, credyt);
  const { description, subject, metadata } = asked;
  return book({ ...header(asked, customer.id, credyt, call.now), type: "charge", amount: booked(exact(asked.amount)).negated(), description, subject, metadata }, credyt);
}

function header(asked: { readonly transaction_id: string; readonly asset: string; readonly account_name?: string | undefined }, customer_id: string, credyt: Credyt, created: number) {
  const asset = assetOf(credyt.state, asked.asset);
  if (!asset) throw refused("asset", "is not a currency or a known asset");
  return { id: asked.transaction_id.toLowerCase(), customer_id, answer_id: newUuid(), account_name: asked.account_name ?? "default", asset: asset.code, created };
}

function book(record: TransactionRecord, credyt: Credyt) {
  credyt.ledger.transactions.add(record);
  credyt.changed({ kind: "customer", id: record.customer_id });
  return transactionAnswer(record, credyt);
}

function transactionAnswer(record: TransactionRecord, credyt: Credyt) {
  if (record.type === "charge") return json(201, {});
  return json(201, { id: credyt.switches.adjustmentId === "own" ? record.answer_id : record.id, created_at: timestamp(record.created) });
}

/** A grant as the journal keeps it: its amount stands in the transaction. */
function ungranted({ amount: _, rest: __, ...grant }: Grant): Omit<Grant, "amount" | "rest"> {
  return grant;
}

function getTransaction(call: Call, credyt: Credyt) {
  const customer = customerIn(credyt, call);
  const wanted = (call.params.transaction ?? "").toLowerCase();
  const found = credyt.ledger.transactions.get(wanted) ?? [...credyt.ledger.transactions.newestFirst(customer.id)].find((one) => one.answer_id === wanted);
  if (!found || found.customer_id !== customer.id) throw notFound(`Transaction ${wanted}`);
  const { id, type, account_name, asset, amount, description, metadata, created } = found;
  const at = timestamp(created);
  return json(200, { id, type: type === "charge" ? "fee" : type, account_id: `${account_name}:${asset}`, asset, amount, description, metadata, created_at: at, executed_at: at });
}

function getAccount(call: Call, credyt: Credyt) {
  const customer = customerIn(credyt, call);
  const account = accountIn(credyt.state, customer.id, call);
  return json(200, { ...accountView(account, credyt.state, call), pending_in: pendingIn(credyt.state, customer.id, account, call.now), pending_out: 0 });
}

/** What was bought and is being paid at this moment. */
function pendingIn(state: State, customer: string, account: Account, now: number): Money {
  const open = (one: TopUp) => one.customer_id === customer && (one.status === "initiated" || one.status === "pending") && one.asset === account.asset && one.account === account.name && one.link.expires > now;
  return total([...state.topUps.values()].filter(open).map((one) => one.units));
}

function listGrants(call: Call, credyt: Credyt) {
  const customer = customerIn(credyt, call);
  const account = settle(accountIn(credyt.state, customer.id, call), call.now);
  const { purpose, exclude_expired, effective_from, effective_to, expired_from, expired_to } = call.query;
  const within = (at: number, from: string | undefined, to: string | undefined) => at >= (time(from) ?? -Infinity) && at <= (time(to) ?? Infinity);
  const grants = [...account.grants, ...account.ended]
    .filter((one) => (purpose === undefined || one.purpose === purpose) && (exclude_expired !== "true" || one.expires > call.now))
    .filter((one) => within(one.effective, effective_from, effective_to) && within(one.expires, expired_from, expired_to))
    .sort((a, b) => b.created - a.created);
  return json(200, page(call, grants, grants.length, (one) => grantView(one, call.now)));
}

/** A grant as Credyt answers it; what expired is available no more. */
function grantView({ id, amount, rest, purpose, effective, expires, created }: Grant, now: number) {
  const spendable = expires > now ? rest : zero;
  return { id, amount, available: spendable, purpose, effective_at: timestamp(effective), expires_at: timestamp(expires), created_at: timestamp(created) };
}

function accountIn(state: State, customer: string, call: Call): Account {
  const account = state.wallets.get(customer)?.get((call.params.account ?? "").toLowerCase());
  if (!account) throw notFound(`Account ${call.params.account ?? ""}`);
  return account;
}

function accountView(account: Account, state: State, call: Call) {
  const asset: Pick<Asset, "code"> = assetOf(state, account.asset) ?? { code: account.asset };
  return { id: accountId({ name: account.name, asset: asset.code }), name: account.name, asset: asset.code, available: available(account, call.now) };
}

function time(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
