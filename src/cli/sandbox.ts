import { defaultPort, startSandbox, type Sandbox } from "../sandbox/index.ts";
import { UserError } from "../errors.ts";
import type { Process } from "./run.ts";
import { indented } from "./show/layout.ts";
import { openTerminal } from "./terminal.ts";

/** Options of `sandbox` as they were given. */
export interface SandboxFlags {
  readonly port?: string;
  readonly host?: string;
  readonly key?: string;
  readonly data?: string;
  readonly product?: readonly string[];
  readonly webhook?: readonly string[];
  readonly strict?: boolean;
}

/** `sandbox`: runs a local Credyt until Ctrl-C. */
export async function sandboxCommand(flags: SandboxFlags, around: Process): Promise<number> {
  const { out, paint, width } = openTerminal(around, undefined);
  const sandbox = await start(flags, (line) => out(`  ${paint.dim(line)}\n`));
  out(`\n  ${paint.bold("Credyt sandbox")}   ${sandbox.url}\n\n  Start your app with\n\n    CREDYT_API_URL=${sandbox.url}\n    CREDYT_API_KEY=${sandbox.key}\n\n${indented(`and open ${sandbox.url} to see customers, balances and events as they come. Ctrl-C ends it.`, 2, width)}\n\n`);
  return new Promise((resolve) => {
    const end = (): void => {
      around.off("SIGINT", end).off("SIGTERM", end);
      void sandbox.close().then(() => resolve(130));
    };
    around.on("SIGINT", end).on("SIGTERM", end);
  });
}

async function start({ port, host, key, data, product, webhook, strict }: SandboxFlags, log: (line: string) => void): Promise<Sandbox> {
  const number = port === undefined ? defaultPort : Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new UserError(`--port takes a number from 0 to 65535, not ${JSON.stringify(port)}`, "0 takes any free port.");
  for (const url of webhook ?? []) if (!URL.canParse(url)) throw new UserError(`--webhook takes an address, not ${JSON.stringify(url)}`, "Write for example http://localhost:3000/api/webhooks/credyt.");
  try {
    return await startSandbox({
      port: number, log, ...(host !== undefined && { host }), ...(key !== undefined && { key }), ...(data !== undefined && { data }),
      ...(product && { products: product }), ...(webhook && { webhooks: webhook.map((url) => ({ url })) }), ...(strict === true && { strict }),
    });
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), "Change the option that it names and start the sandbox again.");
  }
}
