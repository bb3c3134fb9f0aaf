import { document } from "./document.ts";
import { type Html, html } from "./html.ts";
import { billingStyle } from "./style.ts";

/** An amount as people read it, with its asset. */
export interface Sum {
  readonly text: string;
  readonly asset: string;
}

/** What the payment page of a subscription or top-up shows. */
export interface Checkout {
  readonly token: string;
  readonly title: string;
  readonly customer: string;
  readonly lines: readonly { readonly name: string; readonly sum: Sum; readonly every?: string | undefined }[];
  readonly total: readonly Sum[];
  readonly action: string;
}

/** What a customer's portal shows. */
export interface Portal {
  readonly token: string;
  readonly customer: string;
  readonly balances: readonly (Sum & { readonly negative: boolean })[];
  readonly waiting: readonly { readonly name: string; readonly url: string }[];
  readonly subscriptions: readonly { readonly name: string; readonly status: string }[];
  readonly activity: readonly { readonly what: string; readonly when: string; readonly sum?: Sum }[];
  readonly assets: readonly string[];
  readonly notice?: { readonly text: string; readonly bad: boolean };
}

const body = (content: Html) => html`<body><main>${content}<p class="soft small">This page is played by the credyt-integrate sandbox. No money moves.</p></main></body>`;

/** The page where a subscription or top-up is paid, declined or left. */
export function checkoutPage(view: Checkout): string {
  const content = html`
<div class="card stack">
  <p class="soft">${view.customer}</p>
  <h1>${view.title}</h1>
  <p class="total amount">${view.total.map((sum) => html`<span>${sum.text} ${sum.asset}</span> `)}</p>
  <dl>${view.lines.map((line) => html`<div><dt>${line.name}${line.every && html` <span class="soft">every ${line.every}</span>`}</dt><dd class="amount">${line.sum.text} ${line.sum.asset}</dd></div>`)}</dl>
  <hr>
  <form method="post" action="${view.action}" class="actions">
    <input type="hidden" name="token" value="${view.token}">
    <button class="main" name="deed" value="pay" autofocus>Pay</button>
    <button name="deed" value="decline">Let the card be declined</button>
    <button class="quiet" name="deed" value="leave">Leave without paying</button>
  </form>
</div>`;
  return document({ title: `${view.title} - sandbox`, style: billingStyle, body: body(content) });
}

/**
 * A customer's portal: balances, what waits for payment, a form to buy balance, what was used lately. The hidden button is the
 * one that Enter in the amount presses; without it that would be the first of the usual amounts.
 */
export function portalPage(view: Portal): string {
  const content = html`
${view.notice && html`<p class="notice ${view.notice.bad && "bad"}" role="status">${view.notice.text}</p>`}
<div class="card stack">
  <div class="spread"><h1>Billing</h1><span class="soft clip">${view.customer}</span></div>
  <p class="soft">Balance</p>
  ${view.balances.length === 0 && html`<p class="total amount">0.00</p>`}
  ${view.balances.map((sum) => html`<p class="total amount ${sum.negative && "negative"}" data-asset="${sum.asset}">${sum.text} ${sum.asset}</p>`)}
</div>
${view.waiting.map((one) => html`<div class="card stack"><h2>${one.name} waits for your payment</h2><p><a class="button" href="${one.url}">Pay now</a></p></div>`)}
<form method="post" action="/billing/portal/top-up" class="card stack">
  <input type="hidden" name="token" value="${view.token}">
  <h2>Add funds</h2>
  <button class="hidden" tabindex="-1" aria-hidden="true"></button>
  <div class="quick" role="group" aria-label="Usual amounts">${["10", "25", "50", "100"].map((amount) => html`<button name="quick" value="${amount}" aria-label="Add ${amount} USD">${amount}</button>`)}</div>
  <label class="field"><span>Another amount</span><input name="amount" type="number" inputmode="decimal" min="0.01" step="0.01" placeholder="20.00"></label>
  ${view.assets.length > 1 && html`<label class="field"><span>What to buy</span><select name="asset">${view.assets.map((asset) => html`<option>${asset}</option>`)}</select></label>`}
  <div class="actions"><button class="main">Continue to payment</button></div>
</form>
${view.subscriptions.length > 0 && html`<div class="card stack"><h2>Subscriptions</h2><dl>${view.subscriptions.map((one) => html`<div><dt>${one.name}</dt><dd><span class="badge ${one.status === "active" ? "good" : "warn"}">${one.status}</span></dd></div>`)}</dl></div>`}
<div class="card stack"><h2>Recent usage</h2>${activity(view)}</div>
<form method="post" action="/billing/portal/leave" class="actions"><input type="hidden" name="token" value="${view.token}"><button>Return to the app</button></form>`;
  return document({ title: "Billing - sandbox", style: billingStyle, body: body(content) });
}

function activity(view: Portal): Html {
  if (view.activity.length === 0) return html`<p class="soft">Nothing yet.</p>`;
  return html`<dl>${view.activity.map((one) => html`<div><dt>${one.what}<br><span class="soft small">${one.when}</span></dt><dd class="amount">${one.sum ? `${one.sum.text} ${one.sum.asset}` : "free"}</dd></div>`)}</dl>`;
}

/** A page with one message, for links that lead nowhere. */
export function messagePage(title: string, text: string): string {
  return document({ title: `${title} - sandbox`, style: billingStyle, body: body(html`<div class="card stack"><h1>${title}</h1><p>${text}</p></div>`) });
}
