import type { Code, Import } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import type { CurrentUser, UserPattern } from "../define.ts";
import { exportedBy, importOf } from "./expression.moved.ts";
import { sessionCalls } from "./session.call.ts";

/**
 * The app's own guard in front of Express routes: a function that asks the library who is signed in and leaves it on the request; and the
 * way in which handlers read the id there. Undefined where there is none, or nobody reads it.
 */
export function guardedByApp(app: App, framework: string, patterns: readonly UserPattern[], words: readonly string[]): CurrentUser | undefined {
  if (framework !== "express") return undefined;
  const guards = sessionCalls(app, patterns, words).flatMap(({ call }) => middlewareAround(call));
  return guardWith(app, guards);
}

/** The function around a node that Express calls with `next`. */
export function middlewareAround(node: ts.Node): readonly Fn[] {
  for (let at: ts.Node | undefined = node; at; at = at.parent) if (isFn(at) && at.parameters.length === 3 && /next/i.test(at.parameters[2]?.name.getText() ?? "")) return [at];
  return [];
}

/** The first of some guards that another file can import, with the id as handlers read it. */
function guardWith(app: App, guards: readonly Fn[]): CurrentUser | undefined {
  const middleware = guards.map((fn) => guardImport(app, fn)).find((one) => one !== undefined);
  return middleware && behind(app, code`${middleware}`);
}

/** The user behind a guard: without types, the guard is believed. */
export function behind(app: App, middleware: Code | undefined): CurrentUser | undefined {
  const isSure = middleware !== undefined && app.language === "javascript";
  const dot = isSure ? "." : "?.";
  const id = idOnRequest(app, dot) ?? (middleware && raw(`req.user${dot}id`));
  return id && { setup: raw(""), id, nullable: !isSure, ...(middleware && { middleware }) };
}

function guardImport(app: App, fn: Fn): Import | undefined {
  const declared = ts.isFunctionDeclaration(fn) ? fn : ts.isVariableDeclaration(fn.parent) ? fn.parent : undefined;
  return (declared && exportedBy(app, declared)) ?? exportedBy(app, fn);
}

const READ = /^(req|request)\.(?:user|auth|userId|uid|currentUser|account|session\.user|oidc\.user|decodedToken|firebaseUser)(?:\.(?:id|_id|uid|userId|sub|user_id|user\.id))?$/;
const ID = /(?:id|_id|uid|userId|sub|user_id)$/i;

/** The id on the request, as most handlers read it; where their request has a type of its own, with that type. */
export function idOnRequest(app: App, dot: "." | "?." = "?."): Code | undefined {
  const counts = new Map<string, { count: number; node: ts.PropertyAccessExpression }>();
  for (const file of app.code.scripts) {
    const text = app.repo.text(file) ?? "";
    if (!/\breq(?:uest)?\b[^;\n]*\.(?:id|_id|uid|userId|sub|user_id)\b/.test(text) || /["']react["']/.test(text)) continue;
    const tree = app.code.parse(file);
    if (!tree) continue;
    walk(tree, (node) => {
      if (!ts.isPropertyAccessExpression(node) || ts.isPropertyAccessExpression(node.parent)) return;
      const plain = plainText(node);
      if (!READ.test(plain) || !ID.test(plain)) return;
      const key = plain.replace(/^request\./, "req.");
      counts.set(key, { count: (counts.get(key)?.count ?? 0) + 1, node: counts.get(key)?.node ?? node });
    });
  }
  const best = [...counts].sort((a, b) => b[1].count - a[1].count)[0];
  return best && asRead(app, best[0], best[1].node, dot);
}

/** `req.user.id` of `req.user!.id`, `(req.user as User)?.id`, `(req as AuthRequest).user.id`. */
function plainText(node: ts.Node): string {
  const at = bare(node);
  return ts.isPropertyAccessExpression(at) ? `${plainText(at.expression)}.${at.name.text}` : at.getText();
}

/** In the words of the handlers, `?.` for what may be missing, casts kept. */
function asRead(app: App, plain: string, node: ts.PropertyAccessExpression, dot: "." | "?."): Code {
  const steps = plain.split(".").slice(1);
  const chain = steps.slice(1).map((step) => `${dot}${step}`).join("");
  const cast = castOf(node.expression);
  if (cast) {
    const type = typeImport(app, cast.type);
    return type ? code`(${plainText(cast.expression)} as ${type} | undefined)${raw(`?.${steps.at(-1)}`)}` : raw(`(${plainText(cast.expression)} as ${cast.type.getText()})?.${steps.at(-1)}`);
  }
  const request = requestType(node);
  const type = request && typeImport(app, request);
  return type ? code`(req as ${type}).${steps[0] ?? "user"}${chain}` : raw(`req.${steps[0] ?? "user"}${chain}`);
}

function castOf(node: ts.Expression): ts.AsExpression | undefined {
  let at: ts.Expression = node;
  while (ts.isParenthesizedExpression(at) || ts.isNonNullExpression(at)) at = at.expression;
  return ts.isAsExpression(at) ? at : undefined;
}

/** The type that the handler's author gave the request, where it is not Express' own. */
function requestType(node: ts.Node): ts.TypeNode | undefined {
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (!isFn(at)) continue;
    const type = at.parameters.find((one) => /^req(?:uest)?$/.test(one.name.getText()))?.type;
    if (type) return /^(?:express\.)?Request\b|^any$/.test(type.getText()) ? undefined : type;
  }
  return undefined;
}

function typeImport(app: App, type: ts.TypeNode): Code | undefined {
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName) || type.typeArguments) return undefined;
  const found = importOf(app, type.typeName) ?? exportedType(app, type.typeName);
  return found && code`${{ ...found, typeOnly: true as const }}`;
}

/** A type that its own file declares and exports. */
function exportedType(app: App, name: ts.Identifier): Import | undefined {
  const tree = name.getSourceFile();
  const declared = tree.statements.find((one) => (ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)) && one.name.text === name.text && /^export\b/.test(one.getText()));
  return declared && { name: name.text, from: { file: tree.fileName } };
}
