import type { Code, UserExpression } from "../../domain.ts";
import { code, joinCode, raw, textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { carried } from "../../source/typescript/carry.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { ts, walk } from "../../source/typescript/parse.ts";
import { decoratorOf, decoratorsOf, type Decorator } from "./nestjs.decorators.ts";
import { mostUsual } from "./user.way.ts";

/** Who is signed in in a controller: the parameter that gives it, the way to the id, and what must stand on the class. */
export interface NestUser {
  readonly parameter: Code;
  readonly id: Code;
  /** `@UseGuards(JwtAuthGuard)`, `@Auth()`. */
  readonly decorators: readonly Code[];
  /** The guards' classes, whose dependencies a module must have. */
  readonly guards: readonly ts.Expression[];
  /** The controller that does it this way; absent for what is put together from a GraphQL guard. */
  readonly sample?: ts.ClassDeclaration;
  readonly key: string;
}

const BUILT_IN = /^(?:Body|Param|Query|Headers|Ip|HostParam|Session|UploadedFiles?|Next|Args|Context|Parent|Info|Root|Res|Response|MessageBody|ConnectedSocket|Payload|Ctx|Inject\w*)$/;
const USERISH = /user|account|auth|jwt|session|principal|member|me$/i;
const IDISH = /^(?:id|_id|uid|userId|user_id|userID)$/;
const ID = /\b(id|_id|sub|userId|user_id|uid)\b/;

/** As most controllers of the app learn it; where only resolvers know, by the Passport strategy that their guard uses. */
export function nestUser(app: App): NestUser | undefined {
  const found: NestUser[] = [];
  const resolvers: { readonly type: ts.TypeNode | undefined; readonly id: string }[] = [];
  for (const file of app.code.scripts) {
    if (!/@(?:\w*Controller|Resolver)\(/.test(app.repo.text(file) ?? "")) continue;
    const tree = app.code.parse(file);
    if (!tree) continue;
    for (const one of tree.statements.filter(ts.isClassDeclaration)) {
      if (decoratorOf(one, /Controller$/)) found.push(...inController(app, one));
      else if (decoratorOf(one, /^Resolver$/)) resolvers.push(...inResolver(one));
    }
  }
  const guarded = found.filter(({ decorators }) => decorators.length > 0);
  return mostUsual(guarded.length > 0 ? guarded : found) ?? (resolvers[0] && throughPassport(app, resolvers[0]));
}

function inController(app: App, owner: ts.ClassDeclaration): readonly NestUser[] {
  return owner.members.filter(ts.isMethodDeclaration).flatMap((method): NestUser[] => {
    const read = method.parameters.map((one) => readFrom(app, one, method)).find((one) => one !== undefined);
    if (!read) return [];
    const standing = [...decoratorsOf(owner), ...decoratorsOf(method)].filter(isSignIn);
    const decorators = standing.map((one) => asSignIn(app, one));
    if (decorators.some((one) => one === undefined)) return [];
    const guards = standing.flatMap((one) => (one.name === "UseGuards" ? signInGuards(one) : []));
    const spelled = decorators.map((one) => code`@${one as Code}`);
    return [{ ...read, decorators: spelled, guards, sample: owner, key: [textOf(read.parameter), textOf(read.id), ...spelled.map(textOf)].join(" ") }];
  });
}

/** Guards, and decorators of the app's own that stand for one. */
const isSignIn = ({ name, arguments: given }: Decorator): boolean => (name === "UseGuards" ? given.some((one) => /auth|jwt|session|login|user|passport|cookie|token/i.test(one.getText())) : /^(?:Auth|Authenticated|RequireAuth|LoggedIn|SignedIn|Protected|JwtAuth)$/.test(name));

/** Guards that turn away people who are signed in: for who has no plan or nothing left, billing is what is needed. */
const NARROW = /subscri|plan|credit|quota|limit|throttl|paid|pay|premium|billing|usage|balance|roles?\b|role(?:s)?Guard|admin|permission|polic|abilit/i;

const signInGuards = (one: Decorator): readonly ts.Expression[] => {
  const open = one.arguments.filter((guard) => !NARROW.test(guard.getText()));
  return open.length > 0 ? open : one.arguments;
};

/** A decorator as a controller of ours has it: with the guards that say who is signed in. */
function asSignIn(app: App, one: Decorator): Code | undefined {
  const guards = one.name === "UseGuards" ? signInGuards(one) : one.arguments;
  if (guards.length === one.arguments.length || !ts.isCallExpression(one.node.expression)) return carried(app, one.node.expression);
  const kept = guards.map((guard) => carried(app, guard)).filter((guard) => guard !== undefined);
  const name = carried(app, one.node.expression.expression);
  return name && kept.length === guards.length ? code`${name}(${joinCode(kept, ", ")})` : undefined;
}

/** `@CurrentUser() user: User`, `@CurrentUser("id") userId: string`, `@Req() req` whose user the method reads. */
function readFrom(app: App, parameter: ts.ParameterDeclaration, method: ts.MethodDeclaration): { readonly parameter: Code; readonly id: Code } | undefined {
  const id = idIn(app, parameter, method);
  const [by] = decoratorsOf(parameter);
  if (id === undefined || !by) return undefined;
  const name = parameter.name.getText();
  const type = parameter.type ? carried(app, parameter.type) : raw(id === name ? "string" : "any");
  const decorator = carried(app, by.node.expression);
  return type && decorator && { parameter: code`@${decorator} ${name}: ${type}`, id: raw(id) };
}

/** The way to the user's id from a parameter, where that gives the user. */
function idIn(app: App, parameter: ts.ParameterDeclaration, method: ts.MethodDeclaration): string | undefined {
  const [by] = decoratorsOf(parameter);
  if (!by || BUILT_IN.test(by.name) || !ts.isIdentifier(parameter.name)) return undefined;
  const name = parameter.name.text;
  const isRequest = /^(?:Req|Request)$/.test(by.name);
  const read = pathRead(method, name, isRequest);
  if (isRequest) return read;
  if (!USERISH.test(`${by.name} ${name}`)) return undefined;
  const isId = IDISH.test(name) || /^(?:string|number)$/.test(parameter.type?.getText() ?? "") || by.arguments.some((one) => ID.test(one.getText()));
  return isId ? name : (read ?? `${name}.${usualKey(app, name)}`);
}

/** The user at a node of a controller's method: what a parameter's decorator gives it. */
export function userOf(node: ts.Node, app: App): UserExpression | undefined {
  const text = functionsAround(node).filter(ts.isMethodDeclaration).flatMap((method) => method.parameters.map((one) => idIn(app, one, method)).find((id) => id !== undefined) ?? [])[0];
  return text === undefined ? undefined : { id: raw(text), text };
}

/** `user.id` or `req.user.userId`, as a method reads it. */
function pathRead(method: ts.MethodDeclaration, name: string, isRequest: boolean): string | undefined {
  let found: string | undefined;
  walk(method, (node) => {
    if (found !== undefined || !ts.isPropertyAccessExpression(node) || ts.isPropertyAccessExpression(node.parent)) return;
    const text = node.getText().replace(/\s/g, "");
    const pattern = isRequest ? new RegExp(`^${name}[!?]?\\.(?:user|auth|session|account|currentUser)[!?]?(?:\\.user[!?]?)?\\.(?:id|_id|sub|userId|user_id|uid)$`) : new RegExp(`^${name}[!?]?\\.(?:user[!?]?\\.)?(?:id|_id|sub|userId|user_id|uid)$`);
    if (pattern.test(text)) found = text.replace(/\?\./g, "!.");
  });
  return found;
}

/** The key by which the app reads the id of what it calls by this name. */
function usualKey(app: App, name: string): string {
  const counts = new Map<string, number>();
  for (const file of app.code.mentioning(`${name}.`))
    for (const match of (app.repo.text(file) ?? "").matchAll(new RegExp(`\\b${name}[!?]?\\.(id|_id|sub|userId|user_id|uid)\\b`, "g"))) counts.set(match[1] ?? "", (counts.get(match[1] ?? "") ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "id";
}

function inResolver(owner: ts.ClassDeclaration): readonly { readonly type: ts.TypeNode | undefined; readonly id: string }[] {
  return owner.members.filter(ts.isMethodDeclaration).flatMap((method) =>
    method.parameters.flatMap((one) => {
      const [by] = decoratorsOf(one);
      if (!by || BUILT_IN.test(by.name) || !ts.isIdentifier(one.name) || !USERISH.test(`${by.name} ${one.name.text}`)) return [];
      const id = pathRead(method, one.name.text, false)?.split(".").at(-1);
      return id === undefined ? [] : [{ type: one.type, id }];
    }),
  );
}

/** A GraphQL guard reads the request from GraphQL's context; the strategy below it also guards controllers. */
function throughPassport(app: App, { type, id }: { readonly type: ts.TypeNode | undefined; readonly id: string }): NestUser | undefined {
  for (const file of app.code.mentioning("AuthGuard(")) {
    const strategy = /\bAuthGuard\(\s*(["'][\w-]+["'])\s*\)/.exec(app.repo.text(file) ?? "")?.[1];
    if (strategy === undefined || app.uses("@nestjs/passport") === undefined) continue;
    const user = (type && carried(app, type)) ?? raw(`{ ${id}: string }`);
    const guard = joinCode([code`${{ name: "AuthGuard", from: { package: "@nestjs/passport" } }}`, raw(`(${strategy.replace(/'/g, '"')})`)], "");
    return { parameter: code`@${nest("Req")}() request: { user: ${user} }`, id: raw(`request.user.${id}`), decorators: [code`@${nest("UseGuards")}(${guard})`], guards: [], key: "passport" };
  }
  return undefined;
}

/** A name of @nestjs/common. */
export const nest = (name: string): { readonly name: string; readonly from: { readonly package: string } } => ({ name, from: { package: "@nestjs/common" } });
