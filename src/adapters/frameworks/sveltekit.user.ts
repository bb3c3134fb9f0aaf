import type { UserExpression } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { functionsAround, isFn } from "../../source/typescript/functions.ts";
import { type ts, walk } from "../../source/typescript/parse.ts";
import type { RouteContext } from "../define.ts";
import { contextOn, mostUsual, readAt, wayOf, type Way } from "./user.way.ts";

const SERVER_FILE = /(?:^|\/)(?:\+server|\+page\.server|\+layout\.server|hooks\.server)\.[jt]s$|\.remote\.[jt]s$/;

/** Files whose functions SvelteKit calls on the server. */
export const isServerFile = (file: string): boolean => SERVER_FILE.test(file);

/** As most handlers of the app learn it, else as its auth library says; on the whole `event`. */
export function kitUser({ app, user }: RouteContext): Way | undefined {
  return mostUsual(waysOf(app)) ?? (user && { ...user, key: "" });
}

function waysOf(app: App): Way[] {
  return app.code.scripts.filter((file) => isServerFile(file) && !/hooks\.server/.test(file)).flatMap((file) => {
    const tree = app.code.parse(file);
    const found: Way[] = [];
    if (tree)
      walk(tree, (node) => {
        if (!isFn(node) || functionsAround(node).length > 0 || node.parameters.length === 0) return;
        const way = wayOf(app, node, contextOn(node, "event"));
        if (way) found.push(way);
      });
    return found;
  });
}

/** What SvelteKit's event holds. */
export const PARTS = ["locals", "request", "cookies", "url", "params", "platform", "fetch", "getClientAddress"];

/** The user at a node of a handler: `locals.user.id`. */
export function userOf(node: ts.Node, app: App): UserExpression | undefined {
  const fn = functionsAround(node).at(-1);
  if (!fn || !isServerFile(fn.getSourceFile().fileName)) return undefined;
  const here = contextOn(fn, "event");
  return readAt(app, fn, here, () => waysOf(app), node);
}
