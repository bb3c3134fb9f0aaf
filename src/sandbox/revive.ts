import { type Numeric, exact } from "./money.ts";
import type { Fact } from "./facts.ts";
import type { Rate } from "./state.ts";
import type { Account, Grant } from "./wallet.ts";

/** A fact as read from the journal, with its amounts made exact again. */
export function revive(read: unknown): Fact {
  const fact = read as Fact;
  if (fact.kind === "credit") return { ...fact, grant: reviveGrant(fact.grant) };
  if (fact.kind === "schedule") return { ...fact, value: { ...fact.value, amount: money(fact.value.amount) } };
  if (fact.kind === "wallet") return { ...fact, accounts: fact.accounts.map(reviveAccount) };
  if (fact.kind === "day") return { ...fact, sum: { revenue: money(fact.sum.revenue), costs: money(fact.sum.costs) } };
  if (fact.kind === "asset") return { ...fact, value: { ...fact.value, rates: fact.value.rates.map((rate: Rate) => ({ ...rate, rate: money(rate.rate) })) } };
  if (fact.kind === "top-up") return { ...fact, value: { ...fact.value, amount: money(fact.value.amount), units: money(fact.value.units) } };
  return fact;
}

function reviveGrant(grant: Grant): Grant {
  return { ...grant, amount: money(grant.amount), rest: money(grant.rest) };
}

function reviveAccount(account: Account): Account {
  return {
    ...account,
    debt: money(account.debt),
    grants: account.grants.map(reviveGrant),
    ended: account.ended.map(reviveGrant),
    schedules: account.schedules.map((schedule) => ({ ...schedule, amount: money(schedule.amount) })),
  };
}

/** In the journal an amount is a plain number, whatever the type says of it in memory. */
function money(value: Numeric): ReturnType<typeof exact> {
  return exact(value);
}
