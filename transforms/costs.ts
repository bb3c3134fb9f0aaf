import { raw } from "../src/code/code.ts";
import { billed, usageEdits } from "./usage.ts";
import { ownFile, ownFileEdit, type Context, type Step, type Transform } from "./transform.ts";

/**
 * What each activity costs you, on its event.
 * Before: `recordUsage` sends what was used. After: it adds `costs` from a price table in a file of the app's own.
 */
export const costs: Transform = {
  area: "costs",
  title: "Costs",
  questions: (context) => [{ area: "costs", key: "vendors", message: `Which vendors in Credyt stand for your providers (${providersOf(context).join(", ")})?`, fallback: providersOf(context) }],
  *steps(context) {
    yield* costsFile(context);
  },
  tries: () => ["Send one event and read it back: it carries `costs` with the amount that the price table gives."],
};

const providersOf = (context: Context): string[] => [...new Set(billed(context.app.billables, context).filter(({ named }) => named === undefined).flatMap((call) => call.providers ?? [call.provider]))];

function* costsFile(context: Context): Generator<Step> {
  const { app, choices } = context;
  if (app.home.existing.costs !== undefined) {
    yield { note: { area: "costs", kind: "wired", title: `Costs come from ${ownFile(context, "costs")}` } };
    return;
  }
  const providers = providersOf(context);
  if (providers.length === 0) return;
  const type = app.language === "typescript" ? ": Record<string, Vendor>" : "";
  const lines = providers.map((one) => `  ${/^[a-z_$][\w$]*$/i.test(one) ? one : JSON.stringify(one)}: ${vendor(choices.vendors[one] ?? { vendor_external_id: one })},`);
  const edit = ownFileEdit(context, "costs", { slots: { vendors: raw([`const vendors${type} = {`, ...lines, "};"].join("\n")) }, conditions: {} });
  yield { change: { id: "costs.file", area: "costs", title: "Price table and costs on every event", edits: [edit, ...usageEdits(context)], needs: [] } };
}

const vendor = (one: Context["choices"]["vendors"][string]): string => ("vendor_id" in one ? `{ vendor_id: ${JSON.stringify(one.vendor_id)} }` : `{ vendor_external_id: ${JSON.stringify(one.vendor_external_id)} }`);
