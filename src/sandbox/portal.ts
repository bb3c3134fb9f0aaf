import { ownAccount } from "./accounts.ts";
import { type Call, type Credyt, type Route, json } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { newUuid } from "./ids.ts";
import { refused } from "./problem.ts";
import { object, read, text, url } from "./shape.ts";
import { linkLife, sign } from "./tokens.ts";

const newSession = object({ customer_id: text(64), return_url: url, failure_url: url });

/** The operation that opens the billing portal for a customer. */
export const portalRoutes: readonly Route[] = [{ method: "POST", path: "/billing-portal/sessions", answer: createSession }];

function createSession(call: Call, credyt: Credyt) {
  const asked = read(newSession, call.body, credyt.strict);
  if (!credyt.state.customers.has(asked.customer_id)) throw refused("customer_id", "is not the id of a customer");
  const expires = call.now + linkLife;
  return json(credyt.switches.portalStatus, { redirect_url: portalUrl(credyt, asked.customer_id, asked, expires), expires_at: timestamp(expires) });
}

/** A link into a customer's portal, good until `expires`. */
export function portalUrl(credyt: Credyt, customer: string, way: { readonly return_url: string; readonly failure_url: string }, expires: number): string {
  const { return_url, failure_url } = way;
  return `${credyt.url}/billing/sign-in?token=${sign({ purpose: "portal", customer, subject: newUuid(), return_url, failure_url, expires }, credyt.ledger.secret(), ownAccount.account_id)}`;
}
