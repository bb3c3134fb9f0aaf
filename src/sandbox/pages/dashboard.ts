import { document } from "./document.ts";
import { type Html, html } from "./html.ts";
import { script } from "./script.ts";
import { dashboardStyle } from "./style.ts";

/** A customer as the dashboard shows it. Amounts are ready to read. */
export interface CustomerCard {
  readonly id: string;
  readonly name: string;
  readonly external_id?: string | undefined;
  readonly email?: string | undefined;
  readonly events: number;
  readonly balances: readonly { readonly text: string; readonly asset: string; readonly negative: boolean }[];
  readonly subscriptions: readonly { readonly id: string; readonly name: string; readonly status: string; readonly link?: string | undefined }[];
}

/** An event as the dashboard shows it. */
export interface EventLine {
  readonly id: string;
  readonly time: string;
  readonly type: string;
  readonly customer: string;
  readonly data: string;
  readonly fee?: string | undefined;
  readonly reason?: string | undefined;
}

/** A webhook as the dashboard shows it. */
export interface DeliveryLine {
  readonly id: string;
  readonly time: string;
  readonly topic: string;
  readonly url: string;
  readonly outcome: "waiting" | "delivered" | "failed";
  readonly attempts: readonly string[];
}

/** A request as the dashboard shows it. */
export interface RequestLine {
  readonly number: number;
  readonly time: string;
  readonly method: string;
  readonly path: string;
  readonly status?: number | undefined;
  readonly fault?: string | undefined;
  readonly problem?: string | undefined;
}

/** All that the dashboard shows. */
export interface Dashboard {
  readonly url: string;
  readonly key: string;
  readonly strict: boolean;
  readonly time: string;
  readonly moved: string | undefined;
  readonly search: string;
  readonly customers: readonly CustomerCard[];
  readonly customerCount: number;
  readonly events: readonly EventLine[];
  readonly eventCount: number;
  readonly deliveries: readonly DeliveryLine[];
  readonly destinations: readonly { readonly id: string; readonly url: string; readonly secret: string; readonly topics: string }[];
  readonly requests: readonly RequestLine[];
  readonly requestCount: number;
  readonly faults: readonly { readonly id: number; readonly text: string }[];
  readonly products: readonly { readonly code: string; readonly name: string; readonly prices: string }[];
}

/** The whole page; it works without the script, which keeps it up to date. */
export function dashboardPage(view: Dashboard, nonce: string): string {
  const body = html`<body>
<a class="hidden skip" href="#customers">Skip to customers</a>
<header class="top">
  <h1><span class="dot" aria-hidden="true"></span>Credyt sandbox</h1>
  <span id="clock">${clock(view)}</span>
  <nav aria-label="Sections"><a href="#customers">Customers</a><a href="#events">Events</a><a href="#webhooks">Webhooks</a><a href="#requests">Requests</a><a href="#tools">Tools</a></nav>
</header>
<main id="content">${content(view)}</main>
<p id="said" class="hidden" role="status" aria-live="polite"></p>
</body>`;
  return document({ title: "Credyt sandbox", style: dashboardStyle, body, script: { text: script, nonce } });
}

/** The part below the header, which the script puts in the old one's place. */
export function content(view: Dashboard): Html {
  return html`
<div class="column">${view.customerCount === 0 ? [connect(view), customers(view)] : [customers(view), connect(view)]}</div>
<div class="column">${events(view)}${webhooks(view)}${requests(view)}</div>
<div class="wide">${tools(view)}</div>`;
}

function clock(view: Dashboard): Html {
  return html`<span class="soft small">${view.time} UTC</span>${view.moved !== undefined && html` <span class="badge warn">clock moved ${view.moved}</span>`}${view.strict && html` <span class="badge">strict</span>`}`;
}

function connect(view: Dashboard): Html {
  return html`<section id="connect" aria-labelledby="connect-title"><h2 id="connect-title">Connect your app</h2>
<div class="card stack"><p>Put this into the file your app reads its environment from, then start the app.</p>
<pre>CREDYT_API_URL=${view.url}
CREDYT_API_KEY=${view.key}</pre>
<details data-keep="products"><summary>${view.products.length} products and what they price</summary>
<dl class="stack small" style="margin:0">${view.products.map((one) => html`<div><dt><code>${one.code}</code> <span class="soft">${one.name}</span></dt><dd class="soft clip" style="margin:0">${one.prices}</dd></div>`)}</dl></details></div></section>`;
}

function customers(view: Dashboard): Html {
  const more = view.customerCount - view.customers.length;
  return html`<section id="customers" aria-labelledby="customers-title">
<div class="head"><h2 id="customers-title">Customers <span class="soft">${view.customerCount}</span></h2>
${(view.customerCount > 5 || view.search !== "") && html`<form method="get" action="/" role="search" class="row"><label class="hidden" for="q">Find a customer</label><input id="q" name="q" type="search" placeholder="Find" value="${view.search}"><button>Find</button></form>`}</div>
${view.customers.length === 0 && html`<div class="card empty">${view.search === "" ? "No customer yet. Sign up in your app, and the new customer appears here." : "No customer fits."}</div>`}
${view.customers.map(customer)}
${more > 0 && view.search === "" && html`<p class="soft small">${more} older ${more === 1 ? "customer is" : "customers are"} not shown. Use Find.</p>`}</section>`;
}

function customer(card: CustomerCard): Html {
  return html`<article class="card stack" data-key="${card.id}" aria-label="Customer ${card.name}">
<div class="spread"><div class="clip"><h3>${card.name}</h3><p class="soft small clip">${card.external_id !== undefined ? html`your id <code>${card.external_id}</code>` : "no id of yours"}${card.email !== undefined && ` · ${card.email}`}</p></div>
<div class="amount">${card.balances.map((one) => html`<strong class="${one.negative && "negative"}" data-balance="${one.asset}">${one.text} ${one.asset}</strong> `)}${card.balances.length === 0 && html`<span class="soft">no wallet yet</span>`}</div></div>
${card.subscriptions.length === 0 && html`<p><span class="badge warn">no subscription</span> <span class="soft small">Usage of this customer is not billed.</span></p>`}
${card.subscriptions.map((one) => subscription(one))}
<div class="row">${funding(card)}
<form method="post" action="/__sandbox/customers/${card.id}/portal"><button>Open portal</button></form></div>
<details data-keep="d-${card.id}"><summary>${card.events} ${card.events === 1 ? "event" : "events"}, ids</summary><p class="small clip"><code>${card.id}</code></p>${card.subscriptions.map((one) => html`<p class="small clip"><code>${one.id}</code></p>`)}</details></article>`;
}

/** The form that adds balance: in USD, or in any asset that the customer's wallet has. */
function funding(card: CustomerCard): Html {
  const assets = [...new Set([...card.balances.map((one) => one.asset), "USD"])];
  const only = assets.length === 1 && html`<span class="soft small" aria-hidden="true">USD</span>`;
  const choice = assets.length > 1 && html`<label class="hidden" for="asset-${card.id}">Asset to add for ${card.name}</label><select id="asset-${card.id}" name="asset">${assets.map((asset) => html`<option>${asset}</option>`)}</select>`;
  return html`<form method="post" action="/__sandbox/customers/${card.id}/fund" class="row"><label class="hidden" for="amount-${card.id}">Amount${only && " in USD"} to add for ${card.name}</label><input class="amount-field" id="amount-${card.id}" name="amount" type="number" inputmode="decimal" min="0.01" step="0.01" value="10" required>${choice}${only}<button class="main">Add funds</button></form>`;
}

function subscription(one: CustomerCard["subscriptions"][number]): Html {
  const waits = one.link !== undefined;
  return html`<div class="row"><span class="badge ${one.status === "active" ? "good" : waits ? "warn" : ""}">${one.status}</span><code>${one.name}</code>
${waits && html`<form method="post" action="/__sandbox/bills/${one.id}/pay"><button>Pay</button></form><form method="post" action="/__sandbox/bills/${one.id}/expire"><button class="quiet">Let the link expire</button></form><a class="button" href="${one.link ?? ""}">Payment page</a>`}</div>`;
}

function events(view: Dashboard): Html {
  return html`<section id="events" aria-labelledby="events-title"><div class="head"><h2 id="events-title">Events <span class="soft" data-count="events">${view.eventCount}</span></h2></div>
<div class="card flush">${view.events.length === 0 && html`<p class="empty">No usage yet. Use your app, and each billable activity appears here.</p>`}
<ul class="plain lines">${view.events.map((one) => html`<li class="line" data-key="${one.id}"><div class="clip"><strong>${one.type}</strong> <span class="soft">${one.customer}</span></div><div class="end amount">${one.fee ?? html`<span class="badge warn">not billed</span>`}</div>
<div class="small soft clip">${one.data}${one.reason !== undefined && html` <span class="negative">${one.reason}</span>`}</div><time class="small soft end">${one.time}</time></li>`)}</ul></div></section>`;
}

const outcomes = { delivered: "good", failed: "bad", waiting: "warn" } as const;

function webhooks(view: Dashboard): Html {
  return html`<section id="webhooks" aria-labelledby="webhooks-title"><h2 id="webhooks-title">Webhooks</h2>
${view.destinations.map((one) => html`<div class="card stack small" data-key="${one.id}"><div class="spread"><code class="clip">${one.url}</code><span class="soft">${one.topics}</span></div><details data-keep="s-${one.id}"><summary>Signing secret</summary><pre>${one.secret}</pre></details></div>`)}
<form method="post" action="/__sandbox/webhooks" class="row"><label class="hidden" for="hook">URL of your webhook route</label><input id="hook" name="url" type="url" placeholder="http://localhost:3000/api/webhooks/credyt" required style="flex:1 1 14rem"><button>Add webhook</button></form>
${view.deliveries.length > 0 && html`<div class="card flush"><ul class="plain lines">${view.deliveries.map((one) => html`<li class="line" data-key="${one.id}"><div class="clip"><strong>${one.topic}</strong> <span class="badge ${outcomes[one.outcome]}">${one.outcome}</span></div><form method="post" action="/__sandbox/deliveries/${one.id}/resend" class="end"><button aria-label="Resend ${one.topic} of ${one.time}">Resend</button></form>
<div class="small soft clip">${one.url}<br>${one.attempts.join(", ") || "no attempt yet"}</div><time class="small soft end">${one.time}</time></li>`)}</ul></div>`}</section>`;
}

function requests(view: Dashboard): Html {
  return html`<section id="requests" aria-labelledby="requests-title"><div class="head"><h2 id="requests-title">Requests <span class="soft">${view.requestCount}</span></h2></div>
<div class="card flush">${view.requests.length === 0 && html`<p class="empty">Nothing has called the API yet.</p>`}<ul class="plain lines">${view.requests.map((one) => html`<li class="line small" data-key="r${one.number}"><div class="clip"><code>${one.method} ${one.path}</code>${one.problem !== undefined && html`<br><span class="negative">${one.problem}</span>`}</div><div class="end">${one.fault !== undefined && html`<span class="badge warn">fault: ${one.fault}</span> `}<span class="badge ${one.status === undefined || one.status >= 400 ? "bad" : "good"}">${one.status ?? "no answer"}</span> <time class="soft">${one.time}</time></div></li>`)}</ul></div></section>`;
}

function tools(view: Dashboard): Html {
  const fault = (kind: string, text: string, extra: Html = html``) => html`<form method="post" action="/__sandbox/faults"><input type="hidden" name="kind" value="${kind}"><input type="hidden" name="times" value="1">${extra}<button>${text}</button></form>`;
  const status = (code: number) => html`<input type="hidden" name="status" value="${code}">`;
  return html`<section id="tools" aria-labelledby="tools-title" class="stack"><h2 id="tools-title">Tools</h2>
<div class="card thirds"><div class="stack"><h3>Clock</h3><div class="row">${[["10m", "+10 minutes"], ["1d", "+1 day"], ["31d", "+31 days"], ["1y", "+1 year"]].map(([by, text]) => html`<form method="post" action="/__sandbox/clock"><button name="advance" value="${by}">${text}</button></form>`)}<form method="post" action="/__sandbox/clock"><button class="quiet" name="reset" value="true">Real time</button></form></div></div>
<div class="stack"><h3>Let the next request fail</h3><div class="row">${fault("status", "429", html`${status(429)}<input type="hidden" name="retryAfter" value="2">`)}${fault("status", "500", status(500))}${fault("status", "503", status(503))}${fault("slow", "5 s late", html`<input type="hidden" name="delay" value="5000">`)}${fault("reset", "Cut off")}${fault("lost", "Answer lost")}</div>
${view.faults.length > 0 && html`<div class="row small">${view.faults.map((one) => html`<span class="badge warn">${one.text}</span>`)}<form method="post" action="/__sandbox/faults/clear"><button>Remove</button></form></div>`}</div>
<div class="stack"><h3>Start over</h3><form method="post" action="/__sandbox/reset" data-confirm="Forget all customers, events and webhooks?"><button>Forget everything</button></form></div></div></section>`;
}
