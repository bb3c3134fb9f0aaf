import { swap, type Operator } from "./operator.ts";

const TRIP = "the billing control leads to the portal";
const OWN = "nobody opens another's";
const OUT = "a signed-out visitor gets no portal";

const byExpress = (call: string) => swap(new RegExp(`${call}\\((req\\.[\\w.!]+)\\)`), `${call}(req.query.userId ?? $1)`);
const byPages = (call: string) => swap(new RegExp(`(\\(req: NextApiRequest[\\s\\S]*?)${call}\\(userId\\)`), `$1${call}(String(req.query.userId ?? userId))`);
const byRoute = (call: string) => swap(new RegExp(`export async function (GET|POST)\\(\\)([\\s\\S]*?)${call}\\(userId\\)`), `export async function $1(request: Request)$2${call}(new URL(request.url).searchParams.get("userId") ?? userId)`);

/** The user is whoever the address says. */
const fromQuery = (call: string) => (text: string): string | undefined => byExpress(call)(text) ?? byPages(call)(text) ?? byRoute(call)(text);

/** The guard of a route is gone: the middleware of Express, the question for a session elsewhere. */
const unguarded = (call: string) => (text: string): string | undefined =>
  swap(new RegExp(`(, )(?:requireAuth|requireLogin|ensureAuthenticated), ((?:async )?\\(req[^\\n]*\\n(?:[^\\n]*\\n){0,3}?[^\\n]*${call}\\()`), "$1$2")(text) ??
  swap(/\n\s*if \(!userId\) \{[\s\S]*?\n\s*\}(?=\n)/, "")(text);

/** What people break in the portal, its route, and the balance on pages. */
export const portalOperators: readonly Operator[] = [
  { title: "the portal of the user that the address names", role: "portal route", mutate: fromQuery("createPortalSession"), points: [OWN] },
  { title: "the portal of the user that the body names", role: "portal route", mutate: swap(/createPortalSession\((req\.[\w.!]+)\)/, "createPortalSession(req.body?.userId ?? $1)"), points: [OWN] },
  { title: "the portal without a sign-in", role: "portal route", mutate: unguarded("createPortalSession"), points: [OUT] },
  { title: "the portal's redirect repeats the POST", role: "portal route", mutate: (text) => swap(/redirect\(303, (.*createPortalSession)/, "redirect(307, $1")(text) ?? swap(/(createPortalSession\(\w+\)), 303\)/, "$1, 307)")(text) ?? swap(/redirect\(303, url\)/, "redirect(307, url)")(text), points: [TRIP] },
  { title: "one portal session is kept for all clicks", role: "portal", mutate: swap(/return forCustomer\(userId,/, "return (globalThis.portals ??= {})[String(userId)] ??= await forCustomer(userId,"), points: ["each press makes a session"] },
  { title: "one portal session is kept for all users", role: "portal", mutate: swap(/return forCustomer\(userId,/, "return globalThis.portal ??= await forCustomer(userId,"), points: [OWN] },
  { title: "the way back is a fixed address", role: "portal", mutate: swap(/const return_url = new URL\(returnPath, appUrl\)/, 'const return_url = new URL(returnPath, "http://localhost:3000")'), points: [TRIP] },
  { title: "success and failure swapped on the way back", role: "portal", mutate: swap(/const body = \{ customer_id, return_url, failure_url \}/, "const body = { customer_id, return_url: failure_url, failure_url: return_url }"), points: [TRIP] },
  { title: "the portal of the user's own id instead of the customer's", role: "portal", mutate: swap(/const body = \{ customer_id,/, "const body = { customer_id: String(userId),"), points: [TRIP] },
  { title: "the balance of the user that the address names", role: "balance route", mutate: fromQuery("readBalance"), points: [OWN] },
  { title: "the balance without a sign-in", role: "balance route", mutate: unguarded("readBalance"), points: [OUT] },
  { title: "the balance fails the page when Credyt is away", role: "balance", mutate: swap(/(\n\s*)(logCredyt\(["']credyt: balance not read["'])/, "$1throw error;$1$2"), points: ["while Credyt cannot be reached"] },
  { title: "the balance is always zero", role: "balance", mutate: swap(/const available = await availableBalance\([^;\n]*\)/, "const available = 0"), points: [TRIP] },
  { title: "the balance is shown in cents", role: "balance", mutate: swap(/text: formatAmount\(available\)/, "text: formatAmount(available * 100)"), points: [TRIP] },
];
