import type { UserExpression } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { assignedUser, usualRead } from "../../source/request-users.ts";
import { functionsAround, type Fn } from "../../source/typescript/functions.ts";
import { ts } from "../../source/typescript/parse.ts";
import { textValue } from "../../source/typescript/values.ts";
import { registrationOf, registrationsOf, routerMade, type Mount } from "./express.registrations.ts";
import { isGuard } from "./express.user.ts";

/** The user of a handler whose router is mounted behind sign-in code in another file: `app.use("/api", requireAuth, router)`. */
export function mountedUser(node: ts.Node, app: App): UserExpression | undefined {
  for (const fn of functionsAround(node)) {
    const receiver = registrationOf(app, fn)?.receiver;
    if (receiver) return readBehind(app, fn, receiver);
  }
  return undefined;
}

function readBehind(app: App, fn: Fn, receiver: ts.Expression): UserExpression | undefined {
  const name = fn.parameters[0]?.name.getText() ?? "";
  const usual = /^_?req(?:uest)?$/.test(name) ? (usualRead(app, name) ?? assignedUser(app, name)) : undefined;
  const first = usual && /^\w+[?!]?\.(\w+)/.exec(usual)?.[1];
  if (usual === undefined || first === undefined || !isGuarded(app, receiver, first)) return undefined;
  // Whether the type of what the guard puts there says that it may be missing is not seen here.
  const text = /[?!]\.|!$/.test(usual) ? usual : usual.replace(/\.(\w+)$/, "?.$1").replace(/^(\w+)\?\./, "$1.");
  return { id: raw(text), text, ...(text.includes("?.") && { nullable: true }) };
}

/** Whether a guard runs in front of a router: given to the `use` that mounts it, or to an earlier one on what it is mounted on. */
function isGuarded(app: App, receiver: ts.Expression, first: string, depth = 0): boolean {
  const made = routerMade(app, receiver);
  const mount = made && registrationsOf(app).mounts.get(made);
  if (!mount || depth > 6) return false;
  if (guardIn(app, mount.node, first) || isGuardedBefore(app, mount, first)) return true;
  return mount.receiver !== undefined && isGuarded(app, mount.receiver, first, depth + 1);
}

const guardIn = (app: App, node: ts.Node, first: string): boolean =>
  ts.isCallExpression(node) && node.arguments.some((one) => !ts.isStringLiteralLike(one) && routerMade(app, one) === undefined && isGuard(app, one, first));

/** `app.use(requireAuth)` above `app.use("/api", router)`, for all addresses or those that the router's begin with. */
function isGuardedBefore(app: App, { receiver, node, prefix }: Mount, first: string): boolean {
  const file = node.getSourceFile();
  return registrationsOf(app).calls.some(({ call, method, receiver: on }) => {
    if (method !== "USE" || call.getSourceFile() !== file || call.end > node.getStart() || on.getText() !== receiver?.getText()) return false;
    const [head] = call.arguments;
    const path = head && ts.isStringLiteralLike(head) ? textValue(app, head) : "/";
    return (path === "/" || prefix === path || prefix.startsWith(`${path}/`)) && guardIn(app, call, first);
  });
}
