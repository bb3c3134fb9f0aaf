import type { Code, Edit } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { propertyOf, valueIn } from "../../source/typescript/options.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { decoratorOf } from "./nestjs.decorators.ts";
import type { NestUser } from "./nestjs.user.ts";

/** Where a controller of ours is listed: puts it there. */
export type Listing = (controller: Code) => Edit;

/** A module's class and what its decorator says. */
interface Module {
  readonly node: ts.ClassDeclaration;
  readonly options: ts.ObjectLiteralExpression;
}

/** Every `@Module({ … })` of the app. */
function modulesOf(app: App): readonly Module[] {
  return app.code.mentioning("@Module(").flatMap((file) => {
    const tree = app.code.parse(file);
    return (tree?.statements ?? []).flatMap((node): Module[] => {
      const options = decoratorOf(node, /^Module$/)?.arguments[0];
      return ts.isClassDeclaration(node) && options && ts.isObjectLiteralExpression(options) ? [{ node, options }] : [];
    });
  });
}

/** The call that makes the app: `NestFactory.create(AppModule, …)`. */
export function creation(app: App): ts.CallExpression | undefined {
  let found: ts.CallExpression | undefined;
  for (const file of app.code.mentioning("NestFactory.create")) {
    const tree = app.code.parse(file);
    if (tree) walk(tree, (node) => void (!found && ts.isCallExpression(node) && node.expression.getText() === "NestFactory.create" && (found = node)));
  }
  return found;
}

/** The root module: what the app is made of. */
function rootModule(app: App, modules: readonly Module[]): Module | undefined {
  const [first] = creation(app)?.arguments ?? [];
  const node = first && valueOf(app, first);
  return modules.find((one) => one.node === node) ?? modules.find((one) => one.node.name?.text === "AppModule");
}

/**
 * Where a controller that asks who is signed in is listed: beside the controllers that share one list with auth middleware, in the root module
 * when that can make the guard, else in the module of a controller that has the guard.
 */
export function guardedListing(app: App, user: NestUser): Listing | undefined {
  const modules = modulesOf(app);
  const list = user.sample && listWith(app, user.sample);
  if (list && !modules.some(({ options }) => contains(options, list))) return into(list);
  const root = rootModule(app, modules);
  const controllers = root && listOf(root.options);
  if (root && user.guards.every((guard) => canMake(app, modules, root, guard))) {
    if (controllers && controllers.elements.length > 0) return into(controllers);
    if (!list && !controllers) return withProperty(root.options);
  }
  // What needs nothing runs in every module.
  return (user.guards.every((guard) => needsOf(app, guard).length === 0) ? openListing(app) : undefined) ?? (list && into(list));
}

/** Where a controller that anybody may call is listed: the root module's list, else that of the module of users, else the first. */
export function openListing(app: App): Listing | undefined {
  const modules = modulesOf(app);
  const root = rootModule(app, modules);
  const accounts = modules.filter(({ node }) => /User|Account|Profile|Auth/.test(node.name?.text ?? ""));
  const lists = [root, ...accounts, ...modules].map((one) => one && listOf(one.options)).filter((one) => one !== undefined);
  const list = lists.find((one) => one.elements.length > 0);
  return list && into(list);
}

const contains = (outer: ts.Node, inner: ts.Node): boolean => inner.getSourceFile() === outer.getSourceFile() && inner.pos >= outer.pos && inner.end <= outer.end;

/** The list of controllers that a module writes out; of a conditional the longer one. */
function listOf(options: ts.ObjectLiteralExpression): ts.ArrayLiteralExpression | undefined {
  const value = valueIn(options, "controllers");
  const lists: ts.ArrayLiteralExpression[] = [];
  const visit = (node: ts.Node): void => {
    const at = bare(node);
    if (ts.isArrayLiteralExpression(at)) lists.push(at);
    else if (ts.isConditionalExpression(at)) [at.whenTrue, at.whenFalse].forEach(visit);
  };
  if (value) visit(value);
  return lists.sort((a, b) => b.elements.length - a.elements.length)[0];
}

/** The array literal that names a controller. */
function listWith(app: App, controller: ts.ClassDeclaration): ts.ArrayLiteralExpression | undefined {
  const name = controller.name?.text;
  let found: ts.ArrayLiteralExpression | undefined;
  for (const file of name === undefined ? [] : app.code.mentioning(name)) {
    const tree = app.code.parse(file);
    if (tree) walk(tree, (node) => void (!found && ts.isArrayLiteralExpression(node) && isControllers(node) && node.elements.some((one) => ts.isIdentifier(one) && one.text === name && valueOf(app, one) === controller) && (found = node)));
  }
  return found;
}

/** A list of a module's controllers, or one that is kept under a name. */
function isControllers(node: ts.ArrayLiteralExpression): boolean {
  for (let at: ts.Node = node; at.parent; at = at.parent) {
    if (ts.isPropertyAssignment(at.parent)) return at.parent.name.getText() === "controllers";
    if (ts.isVariableDeclaration(at.parent)) return /controllers?$/i.test(at.parent.name.getText());
    if (!ts.isConditionalExpression(at.parent) && !ts.isParenthesizedExpression(at.parent)) return false;
  }
  return false;
}

/** One element more, on a line of its own where the others are. */
function into(list: ts.ArrayLiteralExpression): Listing {
  const last = list.elements.at(-1);
  const file = list.getSourceFile();
  const isWide = last !== undefined && /\n/.test(file.text.slice(list.getStart(), last.getStart()));
  return (controller) => ({ kind: "splice", at: { file: file.fileName, offset: last ? last.end : list.getStart() + 1 }, remove: "", code: last ? code`${isWide ? ",\n" : ", "}${controller}` : controller });
}

/** `controllers: […]` where a module has none. */
function withProperty(options: ts.ObjectLiteralExpression): Listing | undefined {
  const last = options.properties.at(-1);
  return last && ((controller) => ({ kind: "splice", at: { file: options.getSourceFile().fileName, offset: last.end }, remove: "", code: code`,\ncontrollers: [${controller}]` }));
}

/** Whether a module can make a guard: it needs nothing, or only what the module or a global one gives. */
function canMake(app: App, modules: readonly Module[], root: Module, guard: ts.Expression): boolean {
  return needsOf(app, guard).every((type) => isGiven(app, modules, root, type));
}

/** The types that a guard's constructor asks for, those left out that Nest gives everywhere. */
function needsOf(app: App, guard: ts.Expression): readonly string[] {
  const value = valueOf(app, guard);
  const made = value && ts.isClassDeclaration(value) ? value.members.find(ts.isConstructorDeclaration) : undefined;
  return (made?.parameters ?? []).map((one) => (one.type?.getText() ?? "").replace(/<.*$/s, "")).filter((type) => !/^(?:Reflector|ModuleRef|HttpAdapterHost)$/.test(type));
}

function isGiven(app: App, modules: readonly Module[], root: Module, type: string): boolean {
  const text = (one: Module, name: string): string => propertyOf(one.options, name)?.getText() ?? "";
  const names = new RegExp(`\\b(?:${type}|${type.replace(/Service$/, "Module")})\\b`);
  if (names.test(text(root, "providers"))) return true;
  // `JwtModule.register({ global: true })`, `ConfigModule.forRoot({ isGlobal: true })`.
  const owner = type.replace(/Service$/, "Module");
  if (modules.some((one) => new RegExp(`\\b${owner}\\.\\w+\\([\\s\\S]{0,400}?(?:global|isGlobal):\\s*true`).test(text(one, "imports")))) return true;
  return modules.some((one) => names.test(text(one, "exports")) && (decoratorOf(one.node, /^Global$/) !== undefined || new RegExp(`\\b${one.node.name?.text ?? ""}\\b`).test(text(root, "imports"))));
}

/** What the app's main file needs so that webhooks keep their bytes: nothing, an edit, or undefined where it cannot be said. */
export function rawBodyEdits(app: App): readonly Edit[] | undefined {
  const call = creation(app);
  if (!call) return undefined;
  const file = call.getSourceFile();
  const [, second, third] = call.arguments;
  const isAdapter = second !== undefined && /Adapter/.test(second.getText());
  const options = isAdapter ? third : second;
  if (!options) {
    const last = call.arguments.at(-1);
    return last && [{ kind: "splice", at: { file: file.fileName, offset: last.end }, remove: "", code: raw(", { rawBody: true }") }];
  }
  const literal = bare(options);
  if (!ts.isObjectLiteralExpression(literal) || /bodyParser\s*:\s*false/.test(literal.getText())) return undefined;
  if (propertyOf(literal, "rawBody")) return [];
  const isWide = /^\{\s*\n/.test(literal.getText());
  return [{ kind: "splice", at: { file: file.fileName, offset: literal.getStart() + 1 }, remove: "", code: raw(isWide ? "\n  rawBody: true," : literal.properties.length === 0 ? " rawBody: true " : " rawBody: true,") }];
}
