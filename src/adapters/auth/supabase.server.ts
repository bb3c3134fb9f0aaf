import type { App } from "../../source/app.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { ts, walk } from "../../source/typescript/parse.ts";

/** Packages of Supabase that make clients. */
export const SUPABASE = ["@supabase/ssr", "@supabase/auth-helpers-nextjs", "@supabase/auth-helpers-sveltekit", "@supabase/auth-helpers-remix", "@nuxtjs/supabase", "@supabase/supabase-js"] as const;

/** A call of a Supabase client's `auth`. */
export interface AuthCall {
  readonly call: ts.CallExpression;
  /** Whether it runs where Credyt's key may be. */
  readonly server: boolean;
  /** `signUp`, `exchangeCodeForSession`, `admin.createUser`. */
  readonly method: string;
}

const METHODS = ["exchangeCodeForSession", "verifyOtp", "signUp", "admin.createUser"] as const;

/** Calls by which an account comes to be, or a new one comes in for the first time. */
export function authCalls(app: App): readonly AuthCall[] {
  const files = new Set(METHODS.flatMap((method) => app.code.mentioning(`${method}(`)));
  return [...files].sort().flatMap((file) => {
    const tree = app.code.parse(file);
    const found: AuthCall[] = [];
    if (tree)
      walk(tree, (node) => {
        const method = ts.isCallExpression(node) ? METHODS.find((one) => node.expression.getText().replace(/\s/g, "").endsWith(`.auth.${one}`)) : undefined;
        if (method !== undefined && ts.isCallExpression(node)) found.push({ call: node, method, server: isServerSide(app, node) });
      });
    return found;
  });
}

const BROWSER = /^(?:createBrowserClient|createClientComponentClient|createPagesBrowserClient|createBrowserSupabaseClient|useSupabaseClient|useSupabase)\b/;
const SERVER = /^(?:create\w*Server\w*|createRouteHandlerClient|createMiddlewareClient|serverSupabase\w+)\b/;
const VIEW = /\.(?:tsx|jsx|vue|svelte)$/;

/** Whether a call runs where Credyt's key may be: judged by the client it is made on, the directives, and the kind of file. */
function isServerSide(app: App, call: ts.CallExpression): boolean {
  const tree = call.getSourceFile();
  if (/^\s*["']use client["']/m.test(tree.text.slice(0, 2000))) return false;
  const origin = app.originOf(call.expression);
  const path = origin?.kind === "package" && /supabase/.test(origin.specifier) ? pathOf(origin) : "";
  if (BROWSER.test(path) || /from ["'](?:react-native|expo[\w-/]*|@expo\/[\w-]+)["']/.test(tree.text)) return false;
  if (SERVER.test(path) || isAction(call)) return true;
  if (VIEW.test(tree.fileName) || /from ["']react["']/.test(tree.text)) return false;
  return app.uses("next") === undefined || /(?:^|\/)(?:app\/(?:.*\/)?route|pages\/api\/.*)\.[jt]s$/.test(tree.fileName);
}

/** `"use server"` at the top of the file or of a function around. */
export const isAction = (node: ts.Node): boolean =>
  /^\s*["']use server["']/m.test(node.getSourceFile().text.slice(0, 500)) || functionsAround(node).some((fn) => /^\{\s*["']use server["']/.test(fn.body?.getText() ?? ""));
