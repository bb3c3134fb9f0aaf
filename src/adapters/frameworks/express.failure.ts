import type { Code } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import { major, type App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { registrationsOf, type Registration } from "./express.registrations.ts";
import { errorAnswers } from "./handler.answers.ts";
import { errorStyle, passesErrorsOn, type ErrorStyle } from "./handler.errors.ts";

/**
 * The statement with which this handler fails, where it does not answer errors itself: an error thrown or given to `next`, or the
 * app's error page. `$message` stands for the text. Undefined when the handler answers with JSON of its own.
 */
export function failureOf(app: App, fn: Fn, names: Readonly<Record<string, string>>, registration: Registration | undefined): Code | undefined {
  const own = errorAnswers(fn).filter(({ by }) => by === "json" || by === "send").length;
  const style = errorStyle(app, fn);
  if (own > (style?.count ?? 0)) return undefined;
  const file = fn.getSourceFile();
  const setsStatus = STATUS_THEN_THROW.test(fn.getText()) || (own === 0 && !style && (STATUS_THEN_THROW.test(file.text) || (registration?.wrapped === true && isIdiom(app))));
  if (setsStatus && passesErrorsOn(fn)) return raw(`${names.res ?? "res"}.status(402);\nthrow new Error($message);`);
  const chosen = style ?? nearby(app, fn, own);
  if (chosen) return raise(app, fn, names, registration, chosen);
  return isPage(fn) ? pageFailure(app, fn, names, registration) : undefined;
}

/** express-async-handler's idiom: the error middleware reads `res.statusCode`. */
const STATUS_THEN_THROW = /\bres(?:ponse)?\.status\([^)]*\)\s*;?\s*throw new Error\(/;

const idioms = new WeakMap<App, boolean>();

/** Whether most handlers of the app use that idiom: no error class competes with it. */
function isIdiom(app: App): boolean {
  const known = idioms.get(app);
  if (known !== undefined) return known;
  const files = app.code.mentioning("throw new Error(").filter((file) => STATUS_THEN_THROW.test(app.repo.text(file) ?? ""));
  const found = files.length > 0 && !appStyle(app);
  idioms.set(app, found);
  return found;
}

/** The errors of the file around, else of the whole app; none where this file answers with JSON rather. */
function nearby(app: App, fn: Fn, own: number): ErrorStyle | undefined {
  if (own > 0 || isPage(fn)) return undefined;
  const file = fn.getSourceFile();
  const style = errorStyle(app, file);
  const answers = errorAnswers(file).filter(({ by }) => by === "json" || by === "send").length;
  if (style) return style.count >= answers ? style : undefined;
  return answers > 0 ? undefined : appStyle(app);
}

const known = new WeakMap<App, ErrorStyle | null>();

/** The error class that the app throws most, when it has an error handler for it. */
function appStyle(app: App): ErrorStyle | undefined {
  const hit = known.get(app);
  if (hit !== undefined) return hit ?? undefined;
  const counts = new Map<string, { style: ErrorStyle; count: number }>();
  for (const file of new Set([...app.code.mentioning("throw "), ...app.code.mentioning("next(")])) {
    const tree = app.code.parse(file);
    const style = tree && errorStyle(app, tree);
    if (!style) continue;
    const key = JSON.stringify(style.code.parts);
    const so = counts.get(key);
    counts.set(key, { style: so && typeof so.style.code.parts[0] !== "string" ? so.style : style, count: (so?.count ?? 0) + style.count });
  }
  // Without an error handler of its own the app's classes would all become a 500.
  const best = errorHandler(app) ? [...counts.values()].sort((a, b) => b.count - a.count)[0]?.style : undefined;
  known.set(app, best ?? null);
  return best;
}

/** The app's error handler: a registered function with four parameters. */
const errorHandler = (app: App): Fn | undefined => [...registrationsOf(app).handlers.keys()].filter(isFn).find((fn) => fn.parameters.length === 4);

/** Whether an error thrown in an async handler reaches the error handler: a wrapper, Express 5, or a package that patches Express 4. */
export const catchesRejections = (app: App): boolean => (major(app.uses("express")) ?? 4) >= 5 || app.uses("express-async-errors") !== undefined || app.uses("express-promise-router") !== undefined;

function raise(app: App, fn: Fn, names: Readonly<Record<string, string>>, registration: Registration | undefined, style: ErrorStyle): Code | undefined {
  const { next } = names;
  const passes = passesErrorsOn(fn);
  const thrown = joinCode([raw("throw "), style.code, raw(";")], "");
  if (next !== undefined && (style.toNext || !passes || !(registration?.wrapped || catchesRejections(app)))) return code`return ${next}(${style.code});`;
  if (passes && (registration?.wrapped || catchesRejections(app) || handsOn(fn))) return thrown;
  return undefined;
}

/** `try { … } catch (error) { next(error) }` or one that throws again. */
const handsOn = (fn: Fn): boolean => /catch\s*\((\w+)[^)]*\)\s*\{[^}]*(?:next\(\s*\1|throw\b)/.test(fn.getText());

/** A handler of pages: it renders or redirects, and sends no JSON. */
export function isPage(fn: Fn): boolean {
  const text = fn.getText();
  return /\.(?:render|redirect)\(/.test(text) && !/\.json\(/.test(text);
}

/** An error with a status for the app's error handler, or the view that shows errors. */
function pageFailure(app: App, fn: Fn, names: Readonly<Record<string, string>>, registration: Registration | undefined): Code | undefined {
  const handler = errorHandler(app);
  const key = handler && /\b(?:err|error|e)\w*\.(status(?:Code)?)\b/.exec(handler.getText())?.[1];
  if (key !== undefined) {
    const style: ErrorStyle = { code: raw(`Object.assign(new Error($message), { ${key}: 402 })`), count: 1, toNext: false };
    const raised = raise(app, fn, names, registration, style);
    if (raised) return raised;
  }
  const { res = "res" } = names;
  return flash(fn, names) ?? errorView(app, res) ?? raw(`return ${res}.status(402).send($message);`);
}

const FAILURE = /err|danger|warn|fail/i;

/** `req.flash("errors", { msg: "…" }); return res.redirect("/ai");` as this handler does it, for our text. */
function flash(fn: Fn, { req = "req", res = "res" }: Readonly<Record<string, string>>): Code | undefined {
  const pattern = new RegExp(`\\b${req}\\.flash\\((['"\\w]+),\\s*(?:\\{\\s*(\\w+):[^}]*\\}|[^)]*)\\);?\\s*(?:return )?${res}\\.redirect\\(([^)]*)\\)`, "g");
  const all = [...fn.getText().matchAll(pattern)];
  const found = all.find((one) => FAILURE.test(one[1] ?? "")) ?? all[0];
  if (!found) return undefined;
  const [, own = "", key, to = ""] = found;
  // Where this handler only tells good news, the app has another word for bad ones.
  const kind = FAILURE.test(own) ? own : (new RegExp(`\\b${req}\\.flash\\((["']\\w*(?:err|danger|warn|fail)\\w*["'])`, "i").exec(fn.getSourceFile().text)?.[1] ?? own);
  return raw(`${req}.flash(${kind}, ${key === undefined ? "$message" : `{ ${key}: $message }`});\nreturn ${res}.redirect(${to});`);
}

/** `res.status(404).render("error", { message: "…" })` as the app does it elsewhere, for our text. */
function errorView(app: App, res: string): Code | undefined {
  for (const file of app.code.mentioning(".render(")) {
    const tree = app.code.parse(file);
    for (const { node, body, by } of tree ? errorAnswers(tree) : []) {
      if (by !== "render" || !ts.isCallExpression(node) || !ts.isObjectLiteralExpression(body)) continue;
      const view = node.arguments[0]?.getText() ?? "";
      const fields = body.properties.map((one) => field(one));
      if (/error|problem|oops/i.test(view) && fields.some((one) => one?.includes("$message"))) return raw(`return ${res}.status(402).render(${view}, { ${fields.filter((one) => one !== undefined).join(", ")} });`);
    }
  }
  return undefined;
}

function field(one: ts.ObjectLiteralElementLike): string | undefined {
  const name = one.name?.getText() ?? "";
  if (/^(?:message|msg|error|text|description|problem)$/.test(name)) return `${name}: $message`;
  const value = ts.isPropertyAssignment(one) ? bare(one.initializer) : undefined;
  return value && (ts.isStringLiteralLike(value) || ts.isNumericLiteral(value)) ? `${name}: ${/^status/.test(name) ? "402" : value.getText()}` : undefined;
}
