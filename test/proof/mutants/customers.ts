import { swap, type Operator } from "./operator.ts";

const SIGN_UP = "a sign-up by";
const DURING = "when Credyt answers a sign-up with";
const MOVED = "a user whose stored customer Credyt does not know";

/** What people break in the file that makes customers. */
export const customerOperators: readonly Operator[] = [
  { title: "customers are known by their address", role: "customers", mutate: swap(/external_id: externalId,/, "external_id: user.email ?? externalId,"), points: [SIGN_UP] },
  { title: "the customer's id is not stored", role: "customers", mutate: (text) => (text.includes("await saveCustomer(") ? text.replaceAll(/await saveCustomer\([^)]*\)/g, "void saveCustomer") : undefined), points: [] },
  { title: "the sign-up throws what Credyt answers", role: "customers", mutate: swap(/(\n\s*)(logCredyt\(["']credyt: user is not a customer yet["'])/, "$1throw error;$1$2"), points: [`${DURING} 500`, "a sign-up works while Credyt is away"] },
  { title: "a customer that is there already is an error", billing: "upfront", role: "customers", mutate: swap(/const found = await findCustomer\(externalId, deadline\)\.catch\(\(\) => null\)/, "const found = null"), points: ["a sign-up whose answer from Credyt got lost"] },
  { title: "customers get no product", role: "customers", mutate: swap(/products\.length > 0 \? \[subscription\] : \[\]/, "[]"), points: [SIGN_UP] },
  { title: "everybody shares the first customer", role: "customers", mutate: swap(/(if \(stored\?\.customerId\)) return stored\.customerId/, "$1 return (globalThis.firstCustomer ??= stored.customerId)"), points: ["nobody opens another's", ": with an empty wallet"] },
  { title: "a stored customer is trusted for ever", role: "customers", mutate: swap(/if \(!isUnknown\(error\)\) throw error/, "throw error"), points: [MOVED] },
  { title: "users without a customer stay without", role: "customers", mutate: swap(/return findOrCreateCustomer\(userId, deadline\)/, "return null"), points: [`${DURING} 409`, "a sign-up works while Credyt is away"] },
  { title: "an id of its own for each try", role: "customers", mutate: swap(/external_id: externalId,/, "external_id: `${externalId}-${Date.now()}`,"), points: [SIGN_UP, "signing up twice"] },
];

/** What people break in the file that keeps customers in the app's database. */
export const storeOperators: readonly Operator[] = [
  { title: "the id goes to a user that is not there", role: "store", mutate: swap(/(saveCustomer[\s\S]*?)(?:where: \{ id: userId \}|where: \{ userId \}|\.where\(eq\(users\.id, userId\)\)|WHERE id = \$\d|_id: userId)/, (all = "", head = "") => wrongRow(all.slice(head.length), head)), points: [] },
];

/** The same condition for a user that nobody is. */
function wrongRow(condition: string, head: string): string {
  if (condition.startsWith("WHERE")) return `${head}${condition} AND 1 = 0`;
  return head + condition.replace(/userId/, "`${userId}0`").replace("{ `", "{ userId: `");
}
