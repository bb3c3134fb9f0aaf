import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { settleBill, billOf } from "./checkout.ts";
import type { Credyt } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { type Money, exact, shown, total } from "./money.ts";
import { type Checkout, type Portal, checkoutPage, messagePage, portalPage } from "./pages/billing.ts";
import { portalUrl } from "./portal.ts";
import { Problem } from "./problem.ts";
import type { Customer, Subscription, TopUp } from "./state.ts";
import { bringUpToDate, dueNow, payUrl } from "./subscriptions.ts";
import { type Ticket, linkLife, verify } from "./tokens.ts";
import { buildTopUp, statusOf, topUpUrl } from "./top-ups.ts";
import { available } from "./wallet.ts";
import { accountsOf } from "./wallets.ts";

type Web = Context<{ Bindings: HttpBindings }>;

/** The pages a customer's browser is sent to: payment of a subscription, payment of a top-up, the billing portal. */
export function createBilling(credyt: Credyt): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.get("/billing/pay", (web) => show(web, credyt, "subscription", web.req.query("token"), paySubscription));
  app.get("/billing/top-up", (web) => show(web, credyt, "top-up", web.req.query("token"), payTopUp));
  app.get("/billing/sign-in", (web) => show(web, credyt, "portal", web.req.query("token"), openPortal));
  app.post("/billing/pay", (web) => act(web, credyt, "subscription", settleAndGo));
  app.post("/billing/top-up", (web) => act(web, credyt, "top-up", settleAndGo));
  app.post("/billing/portal/top-up", (web) => act(web, credyt, "portal", buy));
  app.post("/billing/portal/leave", (web) => act(web, credyt, "portal", (_, ticket) => ticket.return_url));
  return app;
}

interface Form {
  readonly deed?: string;
  readonly quick?: string;
  readonly amount?: string;
  readonly asset?: string;
  readonly notice?: string;
}

/** Where the browser goes next, or the page it stays on. */
type Step = string | { readonly page: string };

async function act(web: Web, credyt: Credyt, purpose: Ticket["purpose"], step: (credyt: Credyt, ticket: Ticket, form: Form, token: string) => Step): Promise<Response> {
  const form = (await web.req.parseBody()) as Form & { readonly token?: string };
  return show(web, credyt, purpose, form.token, (one, ticket, token) => step(one, ticket, form, token));
}

async function show(web: Web, credyt: Credyt, purpose: Ticket["purpose"], token: string | undefined, step: (credyt: Credyt, ticket: Ticket, token: string, query: Form) => Step): Promise<Response> {
  const ticket = verify(token ?? "", credyt.ledger.secret());
  if (!ticket || ticket.purpose !== purpose) return page(messagePage("This link is not valid", "Go back to the app and open the page from there again."), 400);
  if (endOf(credyt, ticket, token ?? "") <= credyt.clock.now() && !settled(credyt, ticket)) return web.redirect(failure(credyt, ticket, "expired"), 303);
  const next = step(credyt, ticket, token ?? "", web.req.query() as Form);
  await credyt.ledger.sync();
  if (typeof next !== "string") return page(next.page, 200);
  if (credyt.switches.returnDelay > 0 && web.req.method === "POST") await new Promise((resolve) => setTimeout(resolve, credyt.switches.returnDelay));
  return web.redirect(next, 303);
}

function page(text: string, status: number): Response {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'";
  return new Response(text, { status, headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "content-security-policy": policy, "referrer-policy": "no-referrer" } });
}

/** The failure URL, with the reason when the switch asks for it. */
function failure(credyt: Credyt, ticket: Ticket, reason: string): string {
  if (!credyt.switches.errorParameter) return ticket.failure_url;
  const url = new URL(ticket.failure_url);
  url.searchParams.set("error", reason);
  return url.href;
}

/** When a link ends. A bill has one link at a time, and that may have been made to end early. */
function endOf(credyt: Credyt, ticket: Ticket, token: string): number {
  const bill = ticket.purpose === "portal" ? undefined : find(credyt, ticket.subject);
  const link = bill?.kind === "top-up" ? bill.topUp.link : bill?.subscription.link;
  if (link === undefined) return ticket.expires;
  return link.token === token ? link.expires : 0;
}

/** Whether what the ticket is for has been paid: then even an old link leads on to the return URL. */
function settled(credyt: Credyt, ticket: Ticket): boolean {
  if (ticket.purpose === "portal") return false;
  const bill = find(credyt, ticket.subject);
  return bill?.kind === "top-up" ? bill.topUp.status === "succeeded" : bill?.subscription.status === "active";
}

function find(credyt: Credyt, id: string) {
  try {
    return billOf(credyt, id);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

function paySubscription(credyt: Credyt, ticket: Ticket, token: string): Step {
  const bill = find(credyt, ticket.subject);
  if (bill?.kind !== "subscription") return { page: messagePage("This subscription is gone", "Go back to the app and sign up again.") };
  if (bill.subscription.status === "active") return landing(credyt, bill.customer, bill.subscription, ticket);
  if (bill.subscription.status !== "pending") return failure(credyt, ticket, bill.subscription.status);
  const due = dueNow(credyt, bill.subscription);
  const lines = due.map((line) => ({ name: line.name, sum: sum(line.amount, line.asset), every: line.every }));
  const assets = [...new Set(due.map((line) => line.asset))];
  const totals = assets.map((asset) => sum(total(due.filter((line) => line.asset === asset).map((line) => line.amount)), asset));
  return { page: checkoutPage({ token, title: "Start your subscription", customer: bill.customer.email ?? bill.customer.name, lines, total: totals, action: "/billing/pay" } satisfies Checkout) };
}

function payTopUp(credyt: Credyt, ticket: Ticket, token: string): Step {
  const bill = find(credyt, ticket.subject);
  if (bill?.kind !== "top-up") return { page: messagePage("This top-up is gone", "Go back to the app and start again.") };
  const { topUp } = bill;
  const status = statusOf(topUp, credyt.clock.now());
  if (status === "succeeded") return ticket.return_url;
  if (status !== "initiated") return failure(credyt, ticket, status);
  const customer = credyt.state.customers.get(topUp.customer_id);
  const name = topUp.description ?? (topUp.asset === topUp.currency ? "Balance" : `${shown(topUp.units)} ${topUp.asset}`);
  const paid = sum(topUp.amount, topUp.currency);
  return { page: checkoutPage({ token, title: "Add funds", customer: customer?.email ?? customer?.name ?? "", lines: [{ name, sum: paid }], total: [paid], action: "/billing/top-up" }) };
}

function settleAndGo(credyt: Credyt, ticket: Ticket, form: Form): Step {
  const { deed } = form;
  const bill = find(credyt, ticket.subject);
  if (!bill || (deed !== "pay" && deed !== "decline" && deed !== "leave")) return failure(credyt, ticket, "unknown");
  settleBill(credyt, bill, deed, credyt.clock.now());
  if (deed === "decline") return failure(credyt, ticket, "declined");
  if (deed === "leave") return credyt.switches.leaveTo === "return_url" ? ticket.return_url : failure(credyt, ticket, "cancelled");
  if (!settled(credyt, ticket)) return failure(credyt, ticket, "declined");
  return bill.kind === "subscription" ? landing(credyt, bill.customer, bill.subscription, ticket) : ticket.return_url;
}

/** Where a customer lands who has paid: in the app, or in the portal when the subscription says so. */
function landing(credyt: Credyt, customer: Customer, subscription: Subscription, ticket: Ticket): string {
  return subscription.redirect_to === "portal" ? portalUrl(credyt, customer.id, ticket, credyt.clock.now() + linkLife) : ticket.return_url;
}

const notices: Readonly<Record<string, { readonly text: string; readonly bad: boolean }>> = {
  paid: { text: "Your payment arrived. The balance is up to date.", bad: false },
  unpaid: { text: "No payment was made.", bad: true },
  amount: { text: "Enter an amount above 0.", bad: true },
  rate: { text: "That cannot be bought with USD: it has no rate, or the amount buys less than its smallest unit.", bad: true },
};

function openPortal(credyt: Credyt, ticket: Ticket, token: string, query: Form): Step {
  const known = credyt.state.customers.get(ticket.customer);
  if (!known) return failure(credyt, ticket, "unknown");
  const now = credyt.clock.now();
  const customer = bringUpToDate(credyt, known, now);
  const notice = notices[query.notice ?? ""];
  const view: Portal = {
    token,
    customer: customer.email ?? customer.name,
    balances: accountsOf(credyt.state, customer.id).map((account) => {
      const amount = available(account, now);
      return { ...sum(amount, account.asset), negative: amount.isNegative() && !amount.isZero() };
    }),
    waiting: customer.subscriptions.flatMap((one) => (one.status === "pending" && one.link ? [{ name: namesOf(one), url: payUrl(credyt, one.link) }] : [])),
    subscriptions: customer.subscriptions.map((one) => ({ name: namesOf(one), status: one.status })),
    activity: activityOf(credyt, customer),
    assets: [...new Set([...accountsOf(credyt.state, customer.id).map((account) => account.asset), "USD"])],
    ...(notice && { notice }),
  };
  return { page: portalPage(view) };
}

function activityOf(credyt: Credyt, customer: Customer): Portal["activity"] {
  const activity: Portal["activity"][number][] = [];
  for (const event of credyt.ledger.events.newestFirst(customer.id)) {
    const [fee] = event.fees;
    const amount = fee && total(event.fees.filter((one) => one.asset === fee.asset).map((one) => exact(one.amount)));
    activity.push({ what: event.description ?? event.event_type, when: timestamp(event.created).slice(0, 16).replace("T", " "), ...(fee && amount && { sum: sum(amount, fee.asset) }) });
    if (activity.length >= 8) break;
  }
  return activity;
}

/** Starts a top-up from the portal; its pages lead back into the portal. */
function buy(credyt: Credyt, ticket: Ticket, form: Form, token: string): Step {
  const back = `${credyt.url}/billing/sign-in?token=${token}`;
  const amount = Number(form.quick ?? (form.amount === "" ? "0" : form.amount));
  if (!(amount > 0 && amount < 1e9)) return `${back}&notice=amount`;
  const asked = { customer_id: ticket.customer, amount, currency: "USD", return_url: `${back}&notice=paid`, failure_url: `${back}&notice=unpaid`, description: undefined, metadata: undefined, credit_expires_at: undefined };
  try {
    const value: TopUp = buildTopUp({ ...asked, destination: form.asset === undefined ? undefined : { asset: form.asset, account_name: undefined, exchange_rate: undefined } }, credyt, credyt.clock.now());
    credyt.commit({ kind: "top-up", value });
    return topUpUrl(credyt, value);
  } catch (error) {
    if (error instanceof Problem) return `${back}&notice=rate`;
    throw error;
  }
}

function namesOf(subscription: Subscription): string {
  return subscription.products.map((one) => one.code).join(", ");
}

function sum(amount: Money, asset: string): { readonly text: string; readonly asset: string } {
  return { text: shown(amount), asset };
}
