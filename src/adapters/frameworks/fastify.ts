// https://fastify.dev/docs/latest/Reference/Routes/
import type { Code, Handler, RepoPath } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, nameOf, type Fn } from "../../source/typescript/functions.ts";
import { propertyOf } from "../../source/typescript/options.ts";
import { lineOf } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";
import { autoloadsOf, FASTIFY } from "./fastify.registrations.ts";
import { redirect, route } from "./fastify.routes.ts";
import { isRouteGuarded, namesOf, userOf } from "./fastify.user.ts";
import { answersIn, errorAnswers, returnsOf, usualKey } from "./handler.answers.ts";
import { errorStyle, passesErrorsOn } from "./handler.errors.ts";
import { answer, body, guarded, withMessage } from "./handler.refusal.ts";
import { serviceHandler } from "./service.handler.ts";
import { homesNear } from "./server.files.ts";
import { addressOf, registrationsOf, routeOf, type Registered } from "./server.registrations.ts";

type Route = Registered & { readonly kind: "route" };

/** Registered functions, and functions that are given a request and its reply. */
function handler(fn: Fn, app: App): Handler | undefined {
  const registered = routeOf(app, FASTIFY, fn);
  const names = namesOf(fn);
  if (!registered && (names?.request === undefined || names.reply === undefined)) return serviceHandler(app, fn, FAILURE);
  // `(error, request, reply)` answers errors: nothing is billed there.
  if (!registered && fn.parameters.length === 3 && /err/i.test(fn.parameters[0]?.name.getText() ?? "")) return undefined;
  const tree = fn.getSourceFile();
  const errorKey = usualKey(errorAnswers(fn)) ?? usualKey(errorAnswers(tree)) ?? usualKey(handlerAnswers(app));
  const thrown = failure(app, fn, registered, names?.reply);
  return {
    kind: "route", file: tree.fileName, line: lineOf(tree, fn.getStart(tree)), names: { ...names }, returnsAnswer: !isVoid(fn),
    symbol: nameOf(fn) || (registered ? `${registered.receiver.getText()}.${registered.method.toLowerCase()}('${registered.path}')` : ""),
    ...(registered && { route: `${registered.method} ${addressOf(app, FASTIFY, registered)}` }),
    ...(errorKey !== undefined && { errorKey }),
    ...(thrown && { throws: { code: thrown } }),
  };
}

/** A function that says it gives nothing, or whose own returns do. */
function isVoid(fn: Fn): boolean {
  const type = fn.type?.getText();
  if (type !== undefined) return /^(?:Promise<\s*)?void\b/.test(type);
  const returns = returnsOf(fn);
  return returns.length > 0 && returns.every((one) => one.expression === undefined);
}

/** What the app's error handler answers. */
function handlerAnswers(app: App): ReturnType<typeof answersIn> {
  return app.code.mentioning("setErrorHandler").flatMap((file) => {
    const tree = app.code.parse(file);
    return tree ? answersIn(tree).filter(({ by }) => by === "send") : [];
  });
}

/** An error with a status, where this handler fails that way, has no reply, or where its route's types know no 402. */
function failure(app: App, fn: Fn, registered: Route | undefined, reply: string | undefined): Code | undefined {
  if (!passesErrorsOn(fn)) return undefined;
  const answers = errorAnswers(fn).length;
  const sensible = /\b([\w.]+\.httpErrors)\.\w+\(/.exec(fn.getText())?.[1];
  const style = sensible === undefined ? errorStyle(app, fn) : undefined;
  if (answers === 0 && sensible !== undefined) return raw(`throw ${sensible}.paymentRequired($message);`);
  if (answers === 0 && style) return code`throw ${style.code};`;
  if (reply !== undefined && !isTyped(app, fn, registered)) return undefined;
  return FAILURE;
}

/** Fastify answers an error with its status. */
const FAILURE = raw("throw Object.assign(new Error($message), { statusCode: 402 });");

/** Whether the types of a route name its answers, and 402 is none of them. */
function isTyped(app: App, fn: Fn, registered: Route | undefined): boolean {
  const argument = registered?.call.typeArguments?.[0]?.getText() ?? "";
  const parameters = fn.parameters.map((one) => one.type?.getText() ?? "").join(" ");
  if (/\bReply\s*:/.test(`${argument} ${parameters}`)) return true;
  const schema = registered?.options && propertyOf(registered.options, "schema")?.getText();
  const isProvided = app.code.scripts.some((file) => /withTypeProvider<|FastifyPluginAsync\w*(?:Typebox|Zod|JsonSchemaToTs)/.test(app.repo.text(file) ?? ""));
  return app.language === "typescript" && isProvided && schema !== undefined && /\bresponse\b|^schema$|schema:\s*\w+/.test(schema) && !/\b402\b|["']4xx["']|default:/i.test(schema);
}

function refuse(handler: Handler, check: string, paymentRequired: Code, app: App): Code | undefined {
  if (handler.throws) return guarded(check, withMessage(handler.throws.code, check));
  const { reply } = handler.names;
  if (reply === undefined) return undefined;
  const verb = usesStatus(app, handler.file, reply) ? "status" : "code";
  return guarded(check, answer(handler, code`${reply}.${verb}(402).send(${body(handler.errorKey, check, paymentRequired)})`));
}

const usesStatus = (app: App, file: RepoPath, reply: string): boolean => new RegExp(`\\b${reply}\\s*\\.status\\(`).test(app.repo.text(file) ?? "");

/** The payment page: a redirect from a handler of pages, the address as JSON from an API. */
function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const { reply } = handler.names;
  if (reply === undefined || handler.throws?.code.parts.join("").includes("statusCode: 402")) return undefined;
  const isPage = new RegExp(`\\b${reply}\\.redirect\\(`).test(app.repo.text(handler.file) ?? "");
  const sent = isPage ? { parts: redirect(app, raw(`${customer}.redirectUrl`)).parts.map((part) => (typeof part === "string" ? part.replace(/^reply/, reply) : part)) } : raw(`${reply}.send({ redirectUrl: ${customer}.redirectUrl })`);
  return handler.returnsAnswer ? code`if (${customer}.redirectUrl) return ${sent};` : code`if (${customer}.redirectUrl) {\n  ${answer(handler, sent)}\n}`;
}

function homes(app: App): readonly RepoPath[] {
  const { all, mounts } = registrationsOf(app, FASTIFY);
  const root = all.find(({ on }) => !isFn(on))?.on ?? autoloadsOf(app)[0]?.on ?? all.find(({ on }) => !mounts.has(on))?.on;
  return homesNear(app, root?.getSourceFile().fileName);
}

export default defineFramework({ title: "Fastify", packages: ["fastify"], rank: 14, handler, userOf, isGuarded: isRouteGuarded, refuse, sendToPayment, route, homes });
