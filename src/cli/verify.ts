import { readdirSync } from "node:fs";
import { join } from "node:path";
import { loadChoices } from "../choices.ts";
import { complaint, openApi, unreachable } from "../credyt.ts";
import type { Choices } from "../domain.ts";
import { UserError } from "../errors.ts";
import { startSandbox } from "../sandbox/index.ts";
import { verify, type StepResult, type Target } from "../verify.ts";
import { accessOf, type Access } from "./account.ts";
import type { Process } from "./run.ts";
import { mustBeFolder } from "./session.ts";
import { columns, indented, type Row } from "./show/layout.ts";
import { openTerminal } from "./terminal.ts";

/** Options of `verify`. */
export interface VerifyFlags {
  readonly live?: boolean;
  /** One JSON document on stdout instead of lines for people. */
  readonly json?: boolean;
  readonly app?: string;
  readonly config?: string;
  readonly color?: boolean;
}

/** `verify`: drives the billing cycle against the sandbox, or the account behind CREDYT_API_KEY, with this app's products and event types. */
export async function verifyCommand(dir: string, flags: VerifyFlags, around: Process): Promise<number> {
  const { out, paint, width } = openTerminal(around, flags.color);
  const folder = flags.app === undefined ? dir : join(dir, flags.app);
  mustBeFolder(folder, "Name the folder that holds your app's credyt.config.json.");
  if (readdirSync(folder).length === 0) throw new UserError(`There is no app in ${folder}`, "Name the folder that holds your app's credyt.config.json.");
  const { choices } = loadChoices(folder, flags.config);
  const access = accessOf(around.env);
  const { target, where, close } = access ? await inAccount(access, choices, flags.live === true) : await inSandbox(choices);
  const say = flags.json === true ? () => {} : out;
  say(`\n  ${paint.bold("Verifying")} against ${where}\n\n`);
  const results: StepResult[] = [];
  try {
    for await (const result of verify(target)) {
      results.push(result);
      const mark = result.outcome === "passed" ? paint.green("✔") : result.outcome === "failed" ? paint.red("✖") : paint.yellow("-");
      const row: Row = { label: `${mark} ${result.step}`.padEnd(26 + mark.length - 1), text: result.detail };
      say(`${columns([row], width, paint.dim).join("\n")}\n`);
    }
  } finally {
    await close();
  }
  const failed = results.filter(({ outcome }) => outcome === "failed");
  const skipped = results.filter(({ outcome }) => outcome === "skipped").map(({ step }) => step);
  const next = `Now run your app against ${access ? "it" : "npx credyt-integrate sandbox"} and use it once.`;
  const summary = failed.length > 0 ? `${failed.length} of ${results.length} steps failed: ${failed.map(({ step }) => step).join(", ")}. Mend the first one and verify again.`
    : skipped.length > 0 ? `What could be tried works; left out: ${skipped.join(", ")}. ${next}` : `The billing cycle works. ${next}`;
  if (flags.json === true) out(`${JSON.stringify({ schemaVersion: 1, against: where, ok: failed.length === 0, steps: results, next: summary }, undefined, 2)}\n`);
  say(`\n${indented(summary, 2, width)}\n`);
  return failed.length === 0 ? 0 : 1;
}

interface Place {
  readonly target: Target;
  readonly where: string;
  readonly close: () => Promise<void>;
}

async function inSandbox(choices: Choices): Promise<Place> {
  // The app's products, priced in the asset in which the app looks at balances. Without one, the demo stands in.
  const inDollars = choices.asset.toUpperCase() === "USD";
  const codes = choices.products.length > 0 ? choices.products : [inDollars ? "demo" : "verify"];
  const products = codes.filter((code) => !inDollars || (code !== "demo" && code !== "demo_pro")).map((code) => `${code}${choices.billing === "upfront" ? ":upfront" : ""}${inDollars ? "" : `@${choices.asset}`}`);
  const sandbox = await startSandbox({ products, webhookBackoffScale: 0 });
  const target: Target = { api: openApi(sandbox), choices: { ...choices, products: codes }, pay: (id) => sandbox.bill(id, "pay"), webhook: (url) => sandbox.webhook(url) };
  return { target, where: "a local sandbox", close: () => sandbox.close() };
}

/** Never touches live money unless that was asked for; an account that does not say what it is counts as live. */
async function inAccount(access: Access, choices: Choices, live: boolean): Promise<Place> {
  const api = openApi(access);
  const answer = await api("GET", "/accounts/self").catch((error: unknown) => {
    throw new UserError(`Credyt cannot be reached at ${access.url}: ${unreachable(error)}`, "Check CREDYT_API_URL and the network; without CREDYT_API_KEY the sandbox is used.");
  });
  if (answer.status === 401 || answer.status === 403) throw new UserError(`The key in CREDYT_API_KEY was not taken by ${access.url}: ${complaint(answer)}`, "Set CREDYT_API_KEY to a key of your test environment, or unset it to use the sandbox.");
  if (answer.status >= 500 || answer.status === 429) throw new UserError(`Credyt at ${access.url} did not say whose key CREDYT_API_KEY is: ${complaint(answer)}`, "Try again in a minute, or unset CREDYT_API_KEY to use the sandbox.");
  const environment = String(answer.body?.["environment"] ?? "an unknown environment");
  if (environment !== "test" && !live) throw new UserError(`The key in CREDYT_API_KEY belongs to ${environment === "live" ? "your live environment" : environment}`, "Set it to a test key, unset it to use the sandbox, or give --live to create a customer and an event there.");
  return { target: { api, choices, patience: 10_000 }, where: `${access.url} (${environment})`, close: async () => {} };
}
