import type { RepoPath } from "../../domain.ts";
import type { Codebase } from "./codebase.ts";
import { createKept } from "./kept.ts";
import { bare, ts, walk } from "./parse.ts";
import { lookup } from "./scope.ts";
import { fieldsOf } from "./types.ts";

/**
 * Where a value comes from. `package`: the way from a package's exports, as steps: an export's or property's name, `new` for an
 * instance, `()` for a call's result. `new OpenAI().chat` of `import OpenAI from "openai"` is `openai` with `default new chat`.
 */
export type Origin =
  | { readonly kind: "package"; readonly package: string; readonly specifier: string; readonly path: readonly string[]; readonly made?: ts.Node }
  | { readonly kind: "global"; readonly path: readonly string[] }
  | { readonly kind: "function"; readonly node: ts.SignatureDeclaration }
  | { readonly kind: "class"; readonly node: ts.ClassLikeDeclaration; readonly instance: boolean }
  | { readonly kind: "object"; readonly node: ts.ObjectLiteralExpression }
  | { readonly kind: "module"; readonly file: RepoPath }
  | { readonly kind: "parameter"; readonly node: ts.ParameterDeclaration; readonly path: readonly string[] };

const DEEPEST = 24;
/** Packages' functions that hand their first argument back with something added: instrumented clients, memoised factories. */
const PASSTHROUGH = /^(?:wrap|observe|trace|instrument|patch|with)[A-Z]?\w*$|^(?:cache|memoize|once)$/;

/** Functions that give what their last argument makes, once: `remember("prisma", () => new PrismaClient())`. */
const REMEMBERS = /^(?:remember|singleton|(?:global|get|create|make)Singleton)$/i;

/** Frameworks on whose server or request an app keeps its clients. */
const SERVERS = /^(?:fastify|express|hono|koa|h3|elysia|@sveltejs\/kit)$/;

/** Whether a value is a handler's parameter, a server, or something on one. */
const isServers = (from: Origin | undefined): boolean => from?.kind === "parameter" || (from?.kind === "package" && SERVERS.test(from.package));

const lastOf = (from: Origin | undefined): string | undefined => (from && "path" in from ? from.path.at(-1) : undefined);

/** Asks of one codebase where values come from. Total: an unknown shape is `undefined`, never an exception. */
export function createOrigins(codebase: Codebase): (node: ts.Node) => Origin | undefined {
  const known = new WeakMap<ts.Node, Origin | null>();
  const kept = createKept(codebase);
  const originOf = (given: ts.Node, depth: number): Origin | undefined => {
    const node = bare(given);
    const hit = known.get(node);
    if (hit !== undefined) return hit ?? undefined;
    if (depth > DEEPEST) return undefined;
    known.set(node, null);
    const found = trace(node, depth + 1);
    known.set(node, found ?? null);
    return found;
  };

  const trace = (node: ts.Node, depth: number): Origin | undefined => {
    if (ts.isIdentifier(node)) return ofName(node.text, node, depth);
    if (ts.isPropertyAccessExpression(node)) return step(originOf(node.expression, depth), node.name.text, depth);
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) return step(originOf(node.expression, depth), node.argumentExpression.text, depth);
    if (ts.isNewExpression(node)) return instance(originOf(node.expression, depth), node);
    if (ts.isCallExpression(node)) return ofCall(node, depth);
    if (ts.isConditionalExpression(node)) return originOf(node.whenTrue, depth) ?? originOf(node.whenFalse, depth);
    if (ts.isBinaryExpression(node)) return ofBinary(node, depth);
    if (ts.isObjectLiteralExpression(node)) return { kind: "object", node };
    if (ts.isClassLike(node)) return { kind: "class", node, instance: false };
    if (ts.isFunctionLike(node)) return { kind: "function", node };
    if (node.kind === ts.SyntaxKind.ThisKeyword) return ofThis(node);
    return ofDeclaration(node, depth);
  };

  const ofName = (name: string, at: ts.Node, depth: number): Origin | undefined => {
    const binding = lookup(name, at);
    if (binding) return originOf(binding.node, depth);
    const shared = codebase.global(name);
    return (shared && ofExport({ file: shared.file }, shared.name, depth)) ?? { kind: "global", path: [name] };
  };

  /** The value a declaring node gives its name. */
  const ofDeclaration = (node: ts.Node, depth: number): Origin | undefined => {
    if (ts.isImportSpecifier(node)) return ofExport(moduleOf(node.parent.parent.parent), (node.propertyName ?? node.name).text, depth);
    if (ts.isImportClause(node)) return ofExport(moduleOf(node.parent), "default", depth);
    if (ts.isNamespaceImport(node)) return asNamespace(moduleOf(node.parent.parent));
    if (ts.isImportEqualsDeclaration(node)) return ts.isExternalModuleReference(node.moduleReference) && ts.isStringLiteral(node.moduleReference.expression) ? ofExport({ from: node.getSourceFile(), specifier: node.moduleReference.expression.text }, "default", depth) : undefined;
    if (ts.isVariableDeclaration(node)) return (node.initializer && originOf(node.initializer, depth)) ?? ofType(node.type, depth) ?? ofAssignments(node, depth);
    if (ts.isBindingElement(node)) return ofElement(node, depth);
    if (ts.isParameter(node)) return ofType(node.type, depth) ?? ofInjection(node, depth) ?? { kind: "parameter", node, path: [] };
    if (ts.isPropertyDeclaration(node)) return (node.initializer && originOf(node.initializer, depth)) ?? ofType(node.type, depth);
    return undefined;
  };

  /** `const { chat: x } = openai`: a step into what is taken apart. */
  const ofElement = (node: ts.BindingElement, depth: number): Origin | undefined => {
    const owner = node.parent.parent;
    const whole = ts.isBindingElement(owner) ? originOf(owner, depth) : originOf(owner, depth);
    if (node.dotDotDotToken) return whole;
    if (ts.isArrayBindingPattern(node.parent)) return whole && whole.kind === "package" ? { ...whole, path: [...whole.path, String(node.parent.elements.indexOf(node))] } : undefined;
    const key = node.propertyName ?? node.name;
    return ts.isIdentifier(key) || ts.isStringLiteral(key) ? step(whole, key.text, depth) : undefined;
  };

  const ofBinary = (node: ts.BinaryExpression, depth: number): Origin | undefined => {
    const { EqualsToken, QuestionQuestionEqualsToken, BarBarEqualsToken, CommaToken, AmpersandAmpersandToken } = ts.SyntaxKind;
    const kind = node.operatorToken.kind;
    if ([EqualsToken, QuestionQuestionEqualsToken, BarBarEqualsToken, CommaToken, AmpersandAmpersandToken].includes(kind)) return originOf(node.right, depth);
    const left = originOf(node.left, depth);
    // `globalThis.client ?? new Client()`: the global says nothing, the other side does.
    return left && left.kind !== "global" ? left : (originOf(node.right, depth) ?? left);
  };

  const ofCall = (node: ts.CallExpression, depth: number): Origin | undefined => {
    const first = node.arguments[0];
    if (first && ts.isStringLiteralLike(first) && (node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === "require" && !lookup("require", node))))
      return ofRequired({ from: node.getSourceFile(), specifier: first.text }, depth);
    if (ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "bind") return originOf(node.expression.expression, depth);
    const element = ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "get" ? ofElementType(node.expression.expression, depth) : undefined;
    if (element) return element;
    const callee = originOf(node.expression, depth);
    const taken = first && ts.isStringLiteralLike(first) && lastOf(callee) === "get" && isServers(callee) ? ofKept(first.text, depth) : undefined;
    if (taken) return taken;
    const factory = node.arguments.at(-1);
    const remembered = factory && ts.isFunctionLike(bare(factory)) && REMEMBERS.test(nameOfCallee(node)) ? ofReturn(bare(factory) as ts.SignatureDeclaration, depth) : undefined;
    if (remembered) return remembered;
    if (callee?.kind === "package") {
      const passed = first && PASSTHROUGH.test(callee.path.at(-1) ?? "") ? originOf(first, depth) : undefined;
      if (passed && (passed.kind === "package" || passed.kind === "function" || passed.kind === "class")) return passed;
      return { ...callee, path: [...callee.path, "()"], made: node };
    }
    if (callee?.kind === "function") return ofReturn(callee.node, depth);
    return undefined;
  };

  /** What a function of the app gives back: the first returned value that leads to a package, else an object whose members do, an empty one (`{ user: null }`) last. */
  const ofReturn = (fn: ts.SignatureDeclaration, depth: number): Origin | undefined => {
    if (!("body" in fn) || !fn.body) return ofType(fn.type, depth);
    const body = fn.body as ts.ConciseBody;
    if (!ts.isBlock(body)) return originOf(body, depth);
    let found: Origin | undefined;
    walk(body, (node) => {
      if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
      if ((!found || found.kind === "object") && ts.isReturnStatement(node) && node.expression) {
        const value = originOf(node.expression, depth);
        if (value && value.kind !== "global" && value.kind !== "parameter" && (!found || value.kind === "package" || (found.kind === "object" && !leads(found, depth) && leads(value, depth)))) found = value;
      }
      return undefined;
    });
    return found ?? ofType(fn.type, depth);
  };

  /** Whether an object holds what comes from a package. */
  const leads = (value: Origin, depth: number): boolean => value.kind === "object" && value.node.properties.some((one) => one.name !== undefined && ts.isIdentifier(one.name) && step(value, one.name.text, depth)?.kind === "package");

  /** `models.get(name)` of `const models: Map<string, BaseChatModel>` or `new Map<string, OpenAI>()`: what its type says is in there. */
  const ofElementType = (owner: ts.Expression, depth: number): Origin | undefined => {
    const declared = ts.isIdentifier(owner) ? lookup(owner.text, owner)?.node : undefined;
    if (!declared || !(ts.isVariableDeclaration(declared) || ts.isParameter(declared))) return undefined;
    const made = declared.initializer && ts.isNewExpression(declared.initializer) ? declared.initializer : undefined;
    const isMap = (name: string | undefined): boolean => name === "Map" || name === "ReadonlyMap";
    if (declared.type && ts.isTypeReferenceNode(declared.type)) return isMap(declared.type.typeName.getText()) ? ofType(declared.type.typeArguments?.[1], depth) : undefined;
    return isMap(made?.expression.getText()) ? ofType(made?.typeArguments?.[1], depth) : undefined;
  };

  const ofType = (type: ts.TypeNode | undefined, depth: number): Origin | undefined => {
    if (!type) return undefined;
    if (ts.isTypeReferenceNode(type)) {
      const last = ts.isIdentifier(type.typeName) ? type.typeName.text : type.typeName.right.text;
      if ((last === "Promise" || last === "Awaited" || last === "InstanceType" || last === "ReturnType" || last === "NonNullable") && type.typeArguments?.[0]) {
        const inner = ofType(type.typeArguments[0], depth);
        return last === "ReturnType" && inner?.kind === "function" ? ofReturn(inner.node, depth) : inner;
      }
      return instance(ts.isIdentifier(type.typeName) ? ofName(last, type, depth) : step(ofName(leftmost(type.typeName), type, depth), last, depth), undefined);
    }
    if (ts.isTypeQueryNode(type) && ts.isIdentifier(type.exprName)) return ofName(type.exprName.text, type, depth);
    if (ts.isUnionTypeNode(type)) return type.types.map((one) => ofType(one, depth)).find((one) => one !== undefined);
    return undefined;
  };

  /** `({ ai }: { ai: GoogleGenAI })`, `(deps: Deps)` with an interface: the member's own type. */
  const ofTypedMember = (type: ts.TypeNode | undefined, name: string, depth: number): Origin | undefined => {
    const member = type && fieldsOf({ code: codebase }, type)?.members.find((one): one is ts.PropertySignature => ts.isPropertySignature(one) && one.name.getText() === name);
    const found = ofType(member?.type, depth);
    return found && found.kind !== "global" ? found : undefined;
  };

  /** `let client; … client = new Client()`: the first assignment in the same function or file. */
  const ofAssignments = (node: ts.VariableDeclaration, depth: number): Origin | undefined => {
    if (!ts.isIdentifier(node.name)) return undefined;
    const name = node.name.text;
    const scope = enclosing(node, (at) => ts.isFunctionLike(at) || ts.isSourceFile(at));
    let found: Origin | undefined;
    if (scope)
      walk(scope, (at) => {
        if (!found && ts.isBinaryExpression(at) && ts.isIdentifier(at.left) && at.left.text === name && /^(?:\?\?|\|\|)?=$/.test(at.operatorToken.getText())) found = originOf(at.right, depth);
      });
    return found;
  };

  /** `@Inject(Service) x` and `@InjectRepository(User) x`: what is injected, where the type does not say. */
  const ofInjection = (node: ts.ParameterDeclaration, depth: number): Origin | undefined => {
    const decorator = ts.getDecorators(node)?.map((one) => one.expression).find(ts.isCallExpression);
    const token = decorator?.arguments[0];
    return token ? instance(originOf(token, depth), undefined) : undefined;
  };

  const ofThis = (node: ts.Node): Origin | undefined => {
    const owner = enclosing(node, (at) => ts.isClassLike(at) || ((ts.isFunctionDeclaration(at) || ts.isFunctionExpression(at)) && !ts.isClassLike(at.parent)) || (ts.isMethodDeclaration(at) && ts.isObjectLiteralExpression(at.parent)));
    if (owner && ts.isClassLike(owner)) return { kind: "class", node: owner, instance: true };
    return owner && ts.isMethodDeclaration(owner) && ts.isObjectLiteralExpression(owner.parent) ? { kind: "object", node: owner.parent } : undefined;
  };

  const step = (from: Origin | undefined, name: string, depth: number): Origin | undefined => {
    if (!from) return undefined;
    const typed = from.kind === "parameter" && from.path.length === 0 ? ofTypedMember(from.node.type, name, depth) : undefined;
    if (typed) return typed;
    const hung = isServers(from) ? ofKept(name, depth) : undefined;
    if (hung) return hung;
    if (from.kind === "package" || from.kind === "global" || from.kind === "parameter") return { ...from, path: [...from.path, name] };
    if (from.kind === "module") return ofExport({ file: from.file }, name, depth);
    if (from.kind === "object") return ofProperty(from.node, name, depth);
    if (from.kind === "class") return ofMember(from.node, name, from.instance, depth);
    return undefined;
  };

  /** `event.context.openai`, `fastify.openai`, `c.get("openai")`: a client that the app keeps on its server or request under this name. */
  const ofKept = (name: string, depth: number): Origin | undefined => {
    for (const value of kept(name)) {
      const found = originOf(value, depth);
      if (found?.kind === "package" && found.path.includes("new")) return found;
    }
    return undefined;
  };

  const ofProperty = (node: ts.ObjectLiteralExpression, name: string, depth: number): Origin | undefined => {
    for (const property of node.properties) {
      if (ts.isSpreadAssignment(property)) {
        const spread = step(originOf(property.expression, depth), name, depth);
        if (spread) return spread;
      } else if (property.name && ts.isIdentifier(property.name) && property.name.text === name) {
        if (ts.isShorthandPropertyAssignment(property)) return ofName(name, property.parent.parent, depth);
        return ts.isPropertyAssignment(property) ? originOf(property.initializer, depth) : originOf(property, depth);
      }
    }
    return undefined;
  };

  const ofMember = (node: ts.ClassLikeDeclaration, name: string, isInstance: boolean, depth: number): Origin | undefined => {
    const own = node.members.find((one) => one.name && (ts.isIdentifier(one.name) || ts.isPrivateIdentifier(one.name)) && one.name.text === name);
    if (own && ts.isMethodDeclaration(own)) return { kind: "function", node: own };
    if (own && ts.isGetAccessorDeclaration(own)) return ofReturn(own, depth);
    const property = own && ts.isPropertyDeclaration(own) ? own : undefined;
    const written = property?.initializer && originOf(property.initializer, depth);
    // What the constructor puts there says more than the type: which client it is, and how it was made.
    const value = written ?? (isInstance ? ofConstructors(node, name, depth) : undefined);
    if (value && (value.kind !== "parameter" || !property?.type)) return value;
    const typed = property && ofType(property.type, depth);
    if (typed ?? value) return typed ?? value;
    const base = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
    const parent = base && originOf(base.expression, depth);
    if (parent?.kind === "package") return { ...parent, path: [...parent.path, ...(isInstance ? ["new"] : []), name] };
    return parent?.kind === "class" ? ofMember(parent.node, name, isInstance, depth) : undefined;
  };

  const ofConstructors = (node: ts.ClassLikeDeclaration, name: string, depth: number): Origin | undefined => {
    for (const member of node.members) {
      const value = ts.isConstructorDeclaration(member) ? ofConstructor(member, name, depth) : undefined;
      if (value) return value;
    }
    return undefined;
  };

  /** Parameter properties and `this.name = …` of a constructor. */
  const ofConstructor = (node: ts.ConstructorDeclaration, name: string, depth: number): Origin | undefined => {
    const parameter = node.parameters.find((one) => ts.isIdentifier(one.name) && one.name.text === name && ts.getModifiers(one)?.length);
    if (parameter) return originOf(parameter, depth);
    for (const statement of node.body?.statements ?? []) {
      if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) continue;
      const { left, right } = statement.expression;
      if (ts.isPropertyAccessExpression(left) && left.expression.kind === ts.SyntaxKind.ThisKeyword && left.name.text === name) return originOf(right, depth);
    }
    return undefined;
  };

  type Source = { readonly from: ts.SourceFile; readonly specifier: string } | { readonly file: RepoPath } | undefined;

  const locate = (source: Source): RepoPath | { readonly package: string; readonly specifier: string } | undefined => {
    if (!source) return undefined;
    if ("file" in source) return source.file;
    const found = codebase.resolve(source.from, source.specifier);
    return found && "file" in found ? found.file : found;
  };

  const asNamespace = (source: Source): Origin | undefined => {
    const found = locate(source);
    if (found === undefined) return undefined;
    return typeof found === "string" ? { kind: "module", file: found } : { kind: "package", ...found, path: [] };
  };

  /** A whole module; `module.exports = router` makes the module that one value. */
  const ofRequired = (source: Source, depth: number): Origin | undefined => {
    const found = asNamespace(source);
    const whole = found?.kind === "module" ? codebase.exports(found.file).named.get("default") : undefined;
    if (!whole || !("node" in whole) || !isAssigned(whole.node)) return found;
    const value = originOf(whole.node, depth);
    return value && value.kind !== "object" && value.kind !== "global" ? value : found;
  };

  const ofExport = (source: Source, name: string, depth: number): Origin | undefined => {
    const found = locate(source);
    if (found === undefined || depth > DEEPEST) return undefined;
    if (typeof found !== "string") return { kind: "package", ...found, path: [name] };
    const table = codebase.exports(found);
    const tree = codebase.parse(found);
    const hit = table.named.get(name);
    if (!tree) return undefined;
    if (hit && "node" in hit) return originOf(hit.node, depth + 1);
    if (hit) return hit.name === "*" ? asNamespace({ from: tree, specifier: hit.from }) : ofExport({ from: tree, specifier: hit.from }, hit.name, depth + 1);
    // `import x from "./cjs"` of a CommonJS file without a default is the module itself.
    if (name === "default" && table.named.size > 0 && table.stars.length === 0) return { kind: "module", file: found };
    for (const star of table.stars) {
      if (!mayExport({ from: tree, specifier: star }, name)) continue;
      const value = ofExport({ from: tree, specifier: star }, name, depth + 1);
      if (value) return value;
    }
    return undefined;
  };

  /** Whether a module can give a name, by its text alone: barrels lead to hundreds of files, of which one does. */
  const mayExport = (source: Source, name: string): boolean => {
    const found = locate(source);
    return typeof found !== "string" || name === "default" || codebase.contains(found, name) || PASSES_ON.test(codebase.repo.text(found) ?? "");
  };

  return (node) => originOf(node, 0);
}

/** A module that gives what others give. */
const PASSES_ON = /\bexport\s*\*|\bexports\s*=\s*require\b/;

/** The right side of `module.exports = …`, where that is no object of named exports. */
const isAssigned = (node: ts.Node): boolean => ts.isBinaryExpression(node.parent) && node.parent.right === node && !ts.isObjectLiteralExpression(bare(node));

const nameOfCallee = ({ expression }: ts.CallExpression): string => (ts.isIdentifier(expression) ? expression.text : ts.isPropertyAccessExpression(expression) ? expression.name.text : "");

function moduleOf(statement: ts.Node): { readonly from: ts.SourceFile; readonly specifier: string } | undefined {
  return ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier) ? { from: statement.getSourceFile(), specifier: statement.moduleSpecifier.text } : undefined;
}

/** An instance of what `from` names: a class of the app, or an export of a package. */
function instance(from: Origin | undefined, made: ts.Node | undefined): Origin | undefined {
  if (from?.kind === "class") return { ...from, instance: true };
  if (from?.kind === "package") return { ...from, path: [...from.path, "new"], ...(made && { made }) };
  return undefined;
}

const leftmost = (name: ts.EntityName): string => (ts.isIdentifier(name) ? name.text : leftmost(name.left));

/** The nearest node upwards (the node itself left out) that `accept` takes. */
export function enclosing(node: ts.Node, accept: (node: ts.Node) => boolean): ts.Node | undefined {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) if (accept(at)) return at;
  return undefined;
}

/** The steps of a package origin as one string, a bare namespace that is called or instantiated read as its default export. */
export function pathOf(origin: Origin): string {
  if (origin.kind !== "package" && origin.kind !== "global" && origin.kind !== "parameter") return "";
  const path = origin.kind === "package" && (origin.path[0] === "new" || origin.path[0] === "()") ? ["default", ...origin.path] : origin.path;
  return (path[0] === "default" && path[1] === "default" ? path.slice(1) : path).join(".");
}
