import type { Code, Edit, Import } from "../../domain.ts";
import { code, fromPackage } from "../../code/code.ts";
import { major, type App } from "../../source/app.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { ts } from "../../source/typescript/parse.ts";
import { routerAt, topAnchor } from "./express.place.ts";
import { registrationsOf } from "./express.registrations.ts";

const PARSER = /\b(?:express|bodyParser|parser)\.json\s*\(|\bjson\s*\(\s*(?:\{|\))|\bbodyParser\s*\(|\bexpress\.(?:text|raw)\s*\(/;

/** The statement that parses JSON bodies, and the app it is registered on. */
export function jsonParser(app: App): { readonly statement: ts.Statement; readonly receiver: ts.Expression } | undefined {
  const found = registrationsOf(app).calls.filter(({ call, method }) => method === "USE" && PARSER.test(call.arguments.map((one) => one.getText()).join(",")));
  for (const { call, receiver } of found) {
    const { parent } = call;
    if (ts.isExpressionStatement(parent) && (ts.isSourceFile(parent.parent) || ts.isBlock(parent.parent))) return { statement: parent, receiver };
  }
  return undefined;
}

/** The first registration on the app itself: where nothing parses bodies, our webhook is safe anywhere before the routes. */
export function firstUse(app: App): { readonly statement: ts.Statement; readonly receiver: ts.Expression } | undefined {
  for (const { call, receiver } of registrationsOf(app).calls) {
    const origin = app.originOf(receiver);
    if (origin?.kind === "package" && pathOf(origin) === "default.()" && ts.isExpressionStatement(call.parent)) return { statement: call.parent, receiver };
  }
  return undefined;
}

/** Mounts the webhook's router in front of the JSON parser. */
export function mountBefore(app: App, at: { readonly statement: ts.Statement; readonly receiver: ts.Expression }, url: string, router: Import): Edit {
  const anchor = topAnchor(at.statement, "before");
  return { kind: "insert", at: anchor, code: code`${at.receiver.getText()}.use("${url}", ${routerAt(app, anchor, router)});` };
}

/** Middleware that keeps the body as bytes: Express has it since 4.17. */
export function rawBody(app: App): Code {
  const declared = app.uses("express") ?? "";
  const minor = Number(/\d+\.(\d+)/.exec(declared)?.[1] ?? 99);
  const isOld = major(declared) === 4 && minor < 17 && /^[~\d]/.test(declared.trim());
  if (isOld && app.uses("body-parser") !== undefined) return code`${{ name: "bodyParser", from: { package: "body-parser" }, as: "default" as const }}.raw({ type: "application/json" })`;
  return code`${fromPackage("raw", "express")}({ type: "application/json" })`;
}
