import type { AuthAdapter, DatastoreAdapter, FrameworkAdapter, InUse, ProviderAdapter, UserPattern } from "../adapters/define.ts";
import type { ActivityNamed, Handler, UserExpression, UserModel } from "../domain.ts";
import type { App } from "../source/app.ts";
import { functionsAround, type Fn } from "../source/typescript/functions.ts";
import type { ts } from "../source/typescript/parse.ts";
import { offeredUser } from "./offered.ts";
import { userAt } from "./users.ts";

/** What recognition works with: one app and the adapters of the tools it uses. */
export interface Recognition {
  readonly app: App;
  readonly framework: InUse<FrameworkAdapter>;
  readonly auth: readonly InUse<AuthAdapter>[];
  readonly datastores: readonly InUse<DatastoreAdapter>[];
  readonly providers: ReadonlyMap<string, ProviderAdapter>;
  readonly userModel: UserModel | undefined;
  /** Functions that the app's owner names as activities. */
  readonly named: readonly ActivityNamed[];
}

/** The handler around a node, and the function that is it. */
export interface Around {
  readonly fn: Fn;
  readonly handler: Handler;
}

/** The innermost function around a node (the node itself included) that the framework calls. */
export function handlerAround(recognition: Recognition, node: ts.Node): Around | undefined {
  for (const fn of functionsAround(node)) {
    const handler = recognition.framework.adapter.handler(fn, recognition.app);
    if (handler) return { fn, handler };
  }
  return undefined;
}

/** Patterns of every auth library in use. */
export const userPatterns = (recognition: Recognition): readonly UserPattern[] => recognition.auth.flatMap((one) => one.adapter.users);

/** Who the user is at a node: by the names in scope, else as the framework gives it to the handler around, else as it could be taken there. */
export const userOf = (recognition: Recognition, node: ts.Node): UserExpression | undefined =>
  userAt(recognition.app, node, userPatterns(recognition), recognition.framework.adapter) ?? recognition.framework.adapter.userOf?.(node, recognition.app) ?? offeredUser(recognition.app, node);
