import { type Call, type Credyt, type Route, json } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { newId } from "./ids.ts";
import { newest, page, paging } from "./page.ts";
import { notFound, refused } from "./problem.ts";
import { map, object, optional, read, text } from "./shape.ts";
import type { ConnectedAccount } from "./state.ts";

const newAccount = object({ name: text(200), external_id: optional(text(255)), metadata: optional(map(text(500))) });

/** The account behind the key; it is the same in every sandbox. */
export const ownAccount = { account_id: "acc_40000000000000000000000000", environment: "test", org_id: "org_sandbox", name: "Sandbox" } as const;

/** The operations on connected accounts. */
export const accountRoutes: readonly Route[] = [
  { method: "GET", path: "/accounts/self", answer: () => json(200, ownAccount) },
  { method: "POST", path: "/accounts", answer: createAccount },
  { method: "GET", path: "/accounts", query: [...paging, "external_id"], answer: listAccounts },
  { method: "GET", path: "/accounts/:id", answer: getAccount },
];

function createAccount(call: Call, credyt: Credyt) {
  const { name, external_id, metadata } = read(newAccount, call.body, credyt.strict);
  if (external_id !== undefined && [...credyt.state.accounts.values()].some((one) => one.external_id === external_id)) throw refused("external_id", "is already in use");
  const value: ConnectedAccount = { id: newId("acc"), name, ...(external_id !== undefined && { external_id }), ...(metadata && { metadata }), created: call.now };
  credyt.commit({ kind: "account", value });
  return json(201, { id: value.id });
}

/** Here the specification shows a filtered page, so the `lookup` switch has no say. */
function listAccounts(call: Call, { state }: Credyt) {
  const wanted = call.query.external_id;
  const accounts = newest(state.accounts).filter((one) => wanted === undefined || one.external_id === wanted);
  return json(200, page(call, accounts, accounts.length, accountView));
}

function getAccount(call: Call, { state }: Credyt) {
  const account = state.accounts.get(call.params.id ?? "");
  if (!account) throw notFound(`Account ${call.params.id ?? ""}`);
  return json(200, accountView(account));
}

function accountView({ id, external_id, name, metadata, created }: ConnectedAccount) {
  return { id, external_id, name, created_at: timestamp(created), metadata };
}
