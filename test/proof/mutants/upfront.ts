import { statementOf, swap, without, type Operator } from "./operator.ts";

const FORGED = "forged, unsigned, stale, changed and early";
const OPENS = "paying leads back to the app";
const CLOSED = ": refused while the payment is pending";
const WAITS = "ends with an account that waits for payment";
const RENEWED = "an expired payment link is renewed";

type Broken = Omit<Operator, "billing">;

/** The mount of the webhook goes behind the one of the JSON parser. */
function parsedFirst(text: string): string | undefined {
  const [mount] = /\n.*\.use\(["'][^"']*billing\/webhook["'].*/.exec(text) ?? [];
  const parser = mount === undefined ? null : /\n.*\.use\(express\.json\(.*/.exec(text.replace(mount, ""));
  const rest = mount === undefined ? "" : text.replace(mount, "");
  return mount === undefined || parser === null ? undefined : rest.slice(0, parser.index + parser[0].length) + mount + rest.slice(parser.index + parser[0].length);
}

const parsed = (text: string): string | undefined =>
  swap(/raw\(\{ type: (["'])application\/json\1 \}\), /, "")(text)?.replace(/handleCredytWebhook\(req\.body,/, "handleCredytWebhook(JSON.stringify(req.body),") ??
  swap(/await request\.text\(\)/, "JSON.stringify(await request.json())")(text) ??
  swap(/handleCredytWebhook\(Buffer\.concat\(chunks\),/, "handleCredytWebhook(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString())),")(text);

const webhook: readonly Broken[] = [
  { title: "the signature is not checked", role: "webhook", mutate: swap(/if \(!isSigned\(/, "if (false && !isSigned("), points: [FORGED] },
  { title: "a signature is valid for ever", role: "webhook", mutate: swap(/if \(Math\.abs\(now - moment\) > 300_000\) return false/, "void moment"), points: [FORGED] },
  { title: "the signature leaves out the time", role: "webhook", mutate: swap(/\.update\(`\$\{time\}\.`\)/, ""), points: [OPENS] },
  { title: "any signature of the right length will do", role: "webhook", mutate: swap(/ && timingSafeEqual\(given, expected\)/, ""), points: [FORGED] },
  { title: "the webhook answers 200 whatever happens", role: "webhook", mutate: swap(/status: isActive \? 200 : 503/, "status: 200"), points: [FORGED] },
  { title: "the route answers 200 whatever happens", role: "webhook route", mutate: (text) => swap(/sendStatus\(status\)/, "sendStatus(200)")(text) ?? swap(/new Response\(null, \{ status \}\)/, "new Response(null, { status: 200 })")(text) ?? swap(/res\.status\(status\)\.end\(\)/, "res.status(200).end()")(text), points: [FORGED] },
  { title: "the body is parsed and written again before it is checked", role: "webhook route", mutate: parsed, points: [OPENS, FORGED] },
  { title: "the JSON parser runs before the webhook", role: "mount", mutate: parsedFirst, points: [OPENS] },
  { title: "the webhook's route is not mounted", role: "mount", mutate: swap(/\n.*\.use\(["'][^"']*billing\/webhook["'].*/, ""), points: [OPENS] },
  { title: "the signature is read from another header", role: "webhook route", mutate: swap(/(["'])credyt-signature\1/i, "$1x-signature$1"), points: [OPENS] },
  { title: "the secret is the API key", role: "webhook", mutate: swap(/CREDYT_WEBHOOK_SECRET(?=;?\n)/, "CREDYT_API_KEY"), points: [OPENS] },
];

const payment: readonly Broken[] = [
  { title: "no balance check while the payment is pending", role: "gated", mutate: (text) => { const check = statementOf(text, "checkBalance"); const refusal = check && /^\n[ \t]*if \(!\w+\.allowed\)(?: \{[\s\S]*?\n[ \t]*\}| .*)/.exec(text.slice(check.end)); return check && refusal ? without(text, { start: check.start, end: check.end + refusal[0].length }) : undefined; }, points: [CLOSED] },
  { title: "activity while the payment is pending", role: "gate", mutate: swap(/if \(!\(await isActive\(userId\)\)\)/, "if (false)"), points: [CLOSED] },
  { title: "no await before the payment state", role: "gate", mutate: swap(/if \(!\(await isActive\(userId\)\)\)/, "if (!isActive(userId))"), points: [CLOSED] },
  { title: "whoever is known has paid", role: "subscription", mutate: swap(/status: isActive \? (["'])active\1 : \1pending\1/, "status: $1active$1"), points: [CLOSED, FORGED] },
  { title: "a webhook activates without a look at Credyt", role: "subscription", mutate: swap(/const customer = \{ customerId: body\.id, \.\.\.state \}/, 'const customer = { customerId: body.id, ...state, status: "active" }'), points: [FORGED] },
  { title: "waiting is not looked at", role: "subscription", mutate: swap(/const waiting = subscriptions\.filter\(isWaiting\)/, "const waiting = subscriptions.slice(0, 0)"), points: [WAITS] },
  { title: "in doubt it counts as paid", role: "customers", mutate: swap(/(credyt: payment state unknown[\s\S]*?)return false/, "$1return true"), points: ["while Credyt cannot be reached, who has not paid"] },
  { title: "the payment state is not stored", role: "store", mutate: (text) => swap(/\n\s*credytStatus: customer\.status,/, "")(text) ?? swap(/customer\.status\b/, "null")(text), points: [] },
  { title: "the sign-up does not lead to the payment", role: "sign-up", mutate: swap(/\n[ \t]*if \(customer\.redirectUrl\)(?: \{[\s\S]*?\n[ \t]*\}| .*)/, ""), points: [WAITS] },
  { title: "no customer at sign-up", role: "sign-up", mutate: (text) => { const found = statementOf(text, "ensureCustomer"); return found && without(text, found, found.text.includes("const customer") ? "\nconst customer = { redirectUrl: null };" : ""); }, points: [WAITS] },
  { title: "the payment route leads home", role: "payment route", mutate: swap(/const url = await paymentLinkFor\([^)\n]*\)/, "const url = null"), points: [RENEWED] },
  { title: "the payment of the user that the address names", role: "payment route", mutate: (text) => swap(/paymentLinkFor\((req\.[\w.!]+)\)/, "paymentLinkFor(req.query.userId ?? $1)")(text) ?? swap(/(\(req: NextApiRequest[\s\S]*?)paymentLinkFor\(userId\)/, "$1paymentLinkFor(String(req.query.userId ?? userId))")(text) ?? swap(/export async function GET\(\)([\s\S]*?)paymentLinkFor\(userId\)/, 'export async function GET(request: Request)$1paymentLinkFor(new URL(request.url).searchParams.get("userId") ?? userId)')(text), points: [RENEWED] },
  { title: "an old payment link is kept", role: "customers", mutate: swap(/const \{ redirectUrl \} = await forCustomer\(userId, syncCustomer\)(;?)\n/, "const { redirectUrl } = ((globalThis.links ??= {})[String(userId)] ??= await forCustomer(userId, syncCustomer))$1\n"), points: [RENEWED] },
  { title: "payment leads to a fixed address", role: "customers", mutate: swap(/return_url: new URL\(returnPath, appUrl\)\.href/, 'return_url: new URL(returnPath, "http://localhost:3000").href'), points: [OPENS] },
];

/** What people break of plans that are paid up front. */
export const upfrontOperators: readonly Operator[] = [...webhook, ...payment].map((one) => ({ ...one, billing: "upfront" }));
