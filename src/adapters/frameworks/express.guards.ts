import type { App } from "../../source/app.ts";
import { requestUserRead } from "../../source/request-users.ts";
import type { Fn } from "../../source/typescript/functions.ts";
import { ts } from "../../source/typescript/parse.ts";
import { textValue } from "../../source/typescript/values.ts";
import { joinPaths, registrationOf, registrationsOf, routerMade, type Mount } from "./express.registrations.ts";
import { guardsIn, propertyOn } from "./express.user.ts";

/** What runs at an address of an app or router. */
type Placed = Omit<Mount, "prefix"> & { readonly path: string };

/**
 * Whether a guard runs in front of a handler: written with its route, used by its router above it, or where that router is mounted, in
 * whatever file. Undefined where nothing registers the function.
 */
export function isGuarded(fn: Fn, app: App): boolean | undefined {
  const found = registrationOf(app, fn);
  if (!found) return undefined;
  const name = fn.parameters[0]?.name.getText() ?? "req";
  const first = propertyOn(requestUserRead(app, name) ?? "");
  return isBehind(app, { receiver: found.receiver, node: found.node, path: found.path }, first);
}

function isBehind(app: App, placed: Placed, first: string, depth = 0): boolean {
  const { receiver, node } = placed;
  if ((ts.isCallExpression(node) && guardsIn(app, node, first).length > 0) || isUsedAbove(app, placed, first)) return true;
  const made = receiver && routerMade(app, receiver);
  const mount = made && registrationsOf(app).mounts.get(made);
  return mount !== undefined && depth < 6 && isBehind(app, { receiver: mount.receiver, node: mount.node, path: mount.prefix }, first, depth + 1);
}

/** `app.use(requireAuth)` above `app.use("/api", router)`, `router.all("*", requireAuth)` above a route: for all addresses, or those below one. */
function isUsedAbove(app: App, { receiver, node, path }: Placed, first: string): boolean {
  const file = node.getSourceFile();
  return registrationsOf(app).calls.some(({ call, method, receiver: on }) => {
    if (!/^(?:USE|ALL)$/.test(method) || call.getSourceFile() !== file || call.end > node.getStart() || on.getText() !== receiver?.getText()) return false;
    const [head] = call.arguments;
    const above = head && ts.isStringLiteralLike(head) ? textValue(app, head).replace(/\/?\*$/, "") : "/";
    const below = joinPaths(path);
    return (joinPaths(above) === "/" || below === joinPaths(above) || below.startsWith(`${joinPaths(above)}/`)) && guardsIn(app, call, first).length > 0;
  });
}
