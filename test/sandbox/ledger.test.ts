import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createClock } from "../../src/sandbox/clock.ts";
import { type Ledger, openLedger } from "../../src/sandbox/ledger.ts";
import { exact } from "../../src/sandbox/money.ts";
import { customerProfit } from "../../src/sandbox/stats.ts";
import { available } from "../../src/sandbox/wallet.ts";

const customer = "cust_40000000000000000000000000";
const created = Date.parse("2026-06-01T00:00:00Z");

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-ledger-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "data");
}

function spend(ledger: Ledger, id: string): void {
  ledger.transactions.add({ id, customer_id: customer, answer_id: randomUUID(), type: "charge", account_name: "default", asset: "USD", amount: exact("-0.01"), created });
}

const balance = (ledger: Ledger) => {
  const account = ledger.state.wallets.get(customer)?.get("default:usd");
  return account && available(account, created).toFixed();
};

test("after many records a checkpoint stands in the file; a start from it, or from half of it, finds the same", () => {
  const path = file();
  const clock = createClock(() => created);
  const ledger = openLedger(path, clock);
  ledger.commit([{ kind: "customer", value: { id: customer, external_id: "u1", name: "U", external_accounts: [], created, subscriptions: [] } }, { kind: "clock", offset: 5 }, { kind: "revenue", customer, day: "2026-06-01", amount: 20 }]);
  const first = randomUUID();
  spend(ledger, first);
  for (let count = 1; count < 50_000; count++) spend(ledger, randomUUID());
  const last = randomUUID();
  const settled = statSync(path).size;
  spend(ledger, last);
  ledger.close();
  const whole = readFileSync(path);
  const lines = whole.toString("utf8").split("\n");
  const end = lines.findIndex((line) => line.startsWith("."));
  expect([end > 50_000, lines.slice(end).map((line) => line[0])]).toEqual([true, [".", "T", undefined]]);

  const from = Number(lines[end]?.slice(1));
  for (const cut of [whole.length, settled, settled - 3, from + 100, from]) {
    writeFileSync(path, whole.subarray(0, cut));
    const moved = createClock(() => created);
    const again = openLedger(path, moved);
    expect([cut, balance(again), again.transactions.count(customer), again.transactions.has(first), again.transactions.has(last), moved.offset(), again.state.externalIds.get("u1"), again.secret() === ledger.secret(), customerProfit(again.state.totals, customer).gross_revenue.toFixed()]).toEqual(
      cut === whole.length ? [cut, "-500.01", 50_001, true, true, 5, customer, true, "20"] : [cut, "-500", 50_000, true, false, 5, customer, true, "20"],
    );
    spend(again, randomUUID());
    again.close();
    const third = openLedger(path, createClock(() => created));
    expect(third.transactions.count()).toBe(again.transactions.count());
    third.close();
  }
});

test("what later facts made useless is left out before it is most of the file", () => {
  const path = file();
  const ledger = openLedger(path, createClock());
  const name = "n".repeat(100_000);
  for (let count = 0; count < 400; count++) ledger.commit([{ kind: "customer", value: { id: customer, name: `${name}${count}`, external_accounts: [], created, subscriptions: [] } }]);
  expect(statSync(path).size < 10 << 20).toBe(true);
  ledger.close();
  const again = openLedger(path, createClock());
  expect(again.state.customers.get(customer)?.name).toBe(`${name}399`);
  again.close();
});
