import type { ProviderAdapter } from "../adapters/define.ts";
import type { App } from "../source/app.ts";
import { optionOf } from "../source/typescript/options.ts";
import type { Origin } from "../source/typescript/origin.ts";
import { bare, ts } from "../source/typescript/parse.ts";
import { valueOf } from "../source/typescript/values.ts";
import { literal } from "./hosts.ts";

/** The address a client is pointed at: `new OpenAI({ baseURL: "https://api.groq.com/openai/v1" })` pays Groq. */
export function addressOf(app: App, made: ts.Node | undefined): string | undefined {
  const base = baseOf(app, made);
  return base && `at ${literal(app, base, 0)}`;
}

function baseOf(app: App, made: ts.Node | undefined): ts.Expression | undefined {
  if (!made || !(ts.isNewExpression(made) || ts.isCallExpression(made))) return undefined;
  return ["baseURL", "baseUrl", "basePath", "endpoint"].map((name) => optionOf(app, made, name)).find((one) => one !== undefined);
}

/** A provider by its id, or by its API's address. */
export function payee(providers: ReadonlyMap<string, ProviderAdapter>, said: string | undefined): string | undefined {
  if (said === undefined || !/^(?:at |https?:)/.test(said)) return said;
  return [...providers].find(([, { host }]) => host?.test(said))?.[0];
}

/** Addresses of this machine. */
const HERE = /^https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal)\b/;
/** Servers that one runs oneself, by their name or port in an address or in the variable that holds it; Ollama rents some out too. */
const OWN = /ollama(?!\.com)|lm_?studio|:11434\b/i;

/** Whether a client, or the model it is given, is answered by a model server that the app's owner runs: nobody is paid for it. */
export function isOwnServer(app: App, origin: Origin & { readonly kind: "package" }, paid: string | undefined): boolean {
  const base = baseOf(app, origin.made);
  if (base) return isOwn(app, base, 0);
  return (paid !== undefined && (HERE.test(paid) || OWN.test(paid))) || /ollama/i.test(`${origin.specifier} ${origin.path[0] ?? ""}`);
}

/** Of a choice both sides; a variable with a default may lead anywhere, unless a name says where. */
function isOwn(app: App, given: ts.Expression, depth: number): boolean {
  const node = bare(given) as ts.Expression;
  const value = ts.isIdentifier(node) ? valueOf(app, node) : undefined;
  if (value && value !== node && depth < 4) return isOwn(app, value as ts.Expression, depth + 1);
  if (ts.isConditionalExpression(node)) return isOwn(app, node.whenTrue, depth + 1) && isOwn(app, node.whenFalse, depth + 1);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return OWN.test(`${literal(app, node.left, 0)} ${literal(app, node.right, 0)}`);
  const text = literal(app, node, 0);
  return HERE.test(text) || OWN.test(text);
}
