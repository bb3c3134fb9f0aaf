// https://docs.nestjs.com/controllers
import type { Code, Handler, RepoPath } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { nameOf, type Fn } from "../../source/typescript/functions.ts";
import { lineOf, ts } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";
import { body, functionAt, guarded } from "./handler.refusal.ts";
import { decoratorsOf, entryOf, isWorker, type Entry } from "./nestjs.decorators.ts";
import { route } from "./nestjs.routes.ts";
import { nest, userOf } from "./nestjs.user.ts";
import { serviceHandler } from "./service.handler.ts";

/** Methods that Nest calls by their decorators, workers of queues, and services that are given a user. */
function handler(fn: Fn, app: App): Handler | undefined {
  const tree = fn.getSourceFile();
  const entry: Entry | undefined = isWorker(fn) ? { kind: "job" } : ts.isMethodDeclaration(fn) ? entryOf(app, fn) : undefined;
  // Nest's own answers to errors have their text under `message`.
  const place = { file: tree.fileName, line: lineOf(tree, fn.getStart(tree)), symbol: nameOf(fn) || "worker", errorKey: "message", refusal: "thrown" } as const;
  if (!entry) {
    const service = serviceHandler(app, fn, raw(""));
    return service && { ...place, kind: "function", names: {} };
  }
  const names = namesOf(fn, entry);
  if (entry.kind === "route") return { ...place, kind: "route", names, ...(entry.route !== undefined && { route: entry.route }) };
  if (entry.kind === "job") return { ...place, kind: "job", names };
  return { ...place, kind: "procedure", names: { ...names, by: entry.kind }, ...(entry.route !== undefined && { route: entry.route }) };
}

/** What a handler calls the request, the response and the job. */
function namesOf(fn: Fn, entry: Entry): Record<string, string> {
  const found: Record<string, string> = {};
  for (const one of fn.parameters) {
    if (!ts.isIdentifier(one.name)) continue;
    const by = decoratorsOf(one)[0]?.name ?? "";
    if (/^(?:Req|Request)$/.test(by)) found["req"] = one.name.text;
    if (/^(?:Res|Response)$/.test(by)) found["res"] = one.name.text;
    if (entry.kind === "job" && fn.parameters[0] === one) found["job"] = one.name.text;
  }
  return found;
}

/** An exception, of the kind that is understood where the handler was called from. */
function refuse(handler: Handler, check: string, paymentRequired: Code, app: App): Code | undefined {
  if (handler.kind === "job") return guarded(check, jobFailure(handler, check, app));
  const answer = body(handler.errorKey, check, paymentRequired);
  if (handler.names.by === "socket") return guarded(check, code`throw new ${fromPackage("WsException", "@nestjs/websockets")}(${answer});`);
  if (handler.names.by === "message") return guarded(check, code`throw new ${fromPackage("RpcException", "@nestjs/microservices")}(${answer});`);
  return guarded(check, code`throw new ${nest("HttpException")}(${answer}, ${nest("HttpStatus")}.PAYMENT_REQUIRED);`);
}

/** A job that nobody can pay for is not tried again. */
function jobFailure(handler: Handler, check: string, app: App): Code {
  if (app.uses("bullmq") !== undefined || app.uses("@nestjs/bullmq") !== undefined) return code`throw new ${fromPackage("UnrecoverableError", "bullmq")}(${check}.message);`;
  const { job } = handler.names;
  return app.uses("bull") !== undefined && job !== undefined ? raw(`await ${job}.discard();\nthrow new Error(${check}.message);`) : raw(`throw new Error(${check}.message);`);
}

/** The payment page's address in the answer, where the method does not promise another. */
function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const fn = handler.kind === "route" ? functionAt(app, handler) : undefined;
  const { res } = handler.names;
  if (!fn) return undefined;
  const isPassthrough = /passthrough:\s*true/.test(fn.parameters.map((one) => one.getText()).join());
  if (res !== undefined && !isPassthrough) return code`if (${customer}.redirectUrl) {\n  ${res}.json({ redirectUrl: ${customer}.redirectUrl });\n  return;\n}`;
  return fn.type ? undefined : code`if (${customer}.redirectUrl) return { redirectUrl: ${customer}.redirectUrl };`;
}

const homes = (app: App): readonly RepoPath[] => [...sharedHomes(app), ...["src/lib/credyt", "src/shared/credyt", "src/common/credyt", "src/credyt", "credyt"].map(app.path)];

/** Of a workspace of Nest, which has its code in `apps` and `libs`: the library that all share, else the app that is started by default. */
function sharedHomes(app: App): readonly RepoPath[] {
  const text = app.repo.text(app.path("nest-cli.json")) ?? "";
  if (!/"monorepo"\s*:\s*true/.test(text)) return [];
  const libraries = [...text.matchAll(/"sourceRoot"\s*:\s*"(libs\/(?:common|shared|core|lib)\/src)"/g)].map((match) => `${match[1] ?? ""}/credyt`);
  const started = /"sourceRoot"\s*:\s*"([^"]+)"/.exec(text)?.[1];
  return [...libraries, ...(started === undefined ? [] : [`${started}/credyt`])].map(app.path);
}

export default defineFramework({ title: "NestJS", packages: ["@nestjs/core", "@nestjs/common"], rank: 30, handler, userOf, refuse, sendToPayment, route, homes });
