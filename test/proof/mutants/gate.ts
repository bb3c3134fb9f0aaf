import { swap, type Operator } from "./operator.ts";

const ONCE = ": one use is one event";
const EMPTY = ": with an empty wallet";
const AWAY = "while the balance cannot be read";

/** What people break in the files that read balances and decide by them. */
export const gateOperators: readonly Operator[] = [
  { title: "users stop when Credyt does", role: "gate", mutate: swap(/allowWhenUnavailable = true/, "allowWhenUnavailable = false"), points: [AWAY] },
  { title: "the balance is not compared", role: "gate", mutate: swap(/if \(!\(spendable > 0 && spendable >= amount\)\) return false/, "void spendable"), points: [EMPTY] },
  { title: "the comparison is the wrong way round", role: "gate", mutate: swap(/spendable > 0 && spendable >= amount/, "spendable <= amount"), points: [ONCE] },
  { title: "nothing is reserved", role: "gate", mutate: swap(/(\n\s*)reservations\.push\(.*/, "$1void now"), points: [": with enough for one"] },
  { title: "reservations of all users count", role: "gate", mutate: swap(/if \(one\.userId === String\(userId\)\) /, ""), points: ["what is done is not held against"] },
  { title: "the balance is read once a process", role: "gate", mutate: swap(/const available = await availableBalance\([^;\n]*\);/, "const available = ((globalThis.balances ??= {})[String(userId)] ??= await availableBalance(userId));"), points: [EMPTY] },
  { title: "a failed check fails the request", role: "gate", mutate: swap(/(\n\s*)(logCredyt\(["']credyt: balance not checked["'])/, "$1throw error;$1$2"), points: [AWAY] },
  { title: "everybody is let in", role: "gate", mutate: swap(/return \{ \.\.\.check, allowed: false, reason, available, message \}/, "return { ...check, allowed: true, reason, available, message }"), points: [EMPTY] },
  { title: "refused without a word", role: "gate", mutate: swap(/return `Your balance is too low[^`]*`/, 'return ""'), points: [EMPTY] },
  { title: "the balance is taken for cents", role: "wallet", mutate: swap(/return account\?\.available \?\? 0/, "return (account?.available ?? 0) / 100"), points: [": with enough for one", "the billing control leads"] },
  { title: "no wallet is an unlimited one", role: "wallet", mutate: swap(/return account\?\.available \?\? 0/, "return account?.available || Infinity"), points: [EMPTY] },
];
