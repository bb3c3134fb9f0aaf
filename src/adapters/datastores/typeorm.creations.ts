import type { UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { keysOf, literalOf } from "../../source/typescript/literals.ts";
import { bare, ts, walk, wrapped } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import type { Creation } from "../define.ts";
import { methodCalls, tailName } from "./calls.find.ts";
import { keptAs } from "./saves.find.ts";
import { isRepositoryName, readEntities, userEntity, type TypeormEntity } from "./typeorm.entities.ts";

/** Every call that stores a new user: by its repository, an entity manager, the entity itself, or an insert query. */
export function typeormCreations(app: App, model: UserModel | undefined): readonly Creation[] {
  const entity = userEntity(readEntities(app));
  if (!model || !entity) return [];
  const found = methodCalls(app, /^(?:save|insert|values)$/, (text) => /\.(?:save|insert|values)\s*\(/.test(text) && text.toLowerCase().includes(entity.name.toLowerCase().replace(/entity$/, "")));
  return found.flatMap(({ call, receiver, method }): Creation[] => {
    if (method === "values") return byQuery(call, entity, model);
    if (method === "insert") return isRepository(app, receiver, entity) ? [{ call, id: `identifiers[0].${model.id.name}`, ...fieldsOf(call.arguments[0]) }] : [];
    return saved(app, call, receiver, entity, model);
  });
}

const fieldsOf = (node: ts.Node | undefined): Pick<Creation, "fields"> => {
  const fields = literalOf(node as ts.Expression | undefined);
  return fields ? { fields } : {};
};

/** Whether an expression is a repository of the entity: by its type, by what made it, or by its name. */
function isRepository(app: App, node: ts.Expression, entity: TypeormEntity): boolean {
  const at = bare(node);
  if (ts.isCallExpression(at)) return /(?:^|\.)get\w*Repository$/.test(at.expression.getText()) && at.arguments[0]?.getText() === entity.name;
  const declared = declaredAs(at);
  if (declared?.type) return new RegExp(`Repository<\\s*${entity.name}\\s*>`).test(declared.type) || (/Repository$/.test(declared.type) && isRepositoryName(declared.type, entity));
  if (declared?.value) return isRepository(app, declared.value, entity);
  return isRepositoryName(tailName(node), entity) || isAmongRepositories(at, entity) || (at.kind === ts.SyntaxKind.ThisKeyword && extendsRepository(at, entity));
}

/** `repositories["User"]`, `repos.User`: one of several that are kept by the entity's name. */
function isAmongRepositories(node: ts.Node, entity: TypeormEntity): boolean {
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return false;
  return tailName(node) === entity.name && /repo(?:s|sitory|sitories)?$/i.test(tailName(node.expression));
}

/** The written type or first value of a name, parameter property or class member. */
function declaredAs(node: ts.Node): { readonly type?: string; readonly value?: ts.Expression } | undefined {
  const name = ts.isPropertyAccessExpression(node) && node.expression.kind === ts.SyntaxKind.ThisKeyword ? node.name.text : undefined;
  const declared = name !== undefined ? memberOf(node, name) : ts.isIdentifier(node) ? lookup(node.text, node)?.node : undefined;
  if (!declared || !(ts.isParameter(declared) || ts.isPropertyDeclaration(declared) || ts.isVariableDeclaration(declared))) return undefined;
  if (declared.type) return { type: declared.type.getText() };
  return declared.initializer && { value: declared.initializer };
}

function memberOf(node: ts.Node, name: string): ts.Declaration | undefined {
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (!ts.isClassLike(at)) continue;
    for (const member of at.members) {
      if (ts.isPropertyDeclaration(member) && member.name.getText() === name) return member;
      const parameter = ts.isConstructorDeclaration(member) ? member.parameters.find((one) => one.name.getText() === name) : undefined;
      if (parameter) return parameter;
    }
    return undefined;
  }
  return undefined;
}

function extendsRepository(node: ts.Node, entity: TypeormEntity): boolean {
  for (let at: ts.Node | undefined = node; at; at = at.parent) if (ts.isClassLike(at)) return new RegExp(`extends\\s+(?:\\w+)?Repository<\\s*${entity.name}\\s*>`).test(at.getText().slice(0, 400));
  return false;
}

/** `repository.save(x)`, `manager.save(User, x)`, `User.create(x).save()`, `user.save()`: only where `x` was made here and is new. */
function saved(app: App, call: ts.CallExpression, receiver: ts.Expression, entity: TypeormEntity, model: UserModel): Creation[] {
  const [first, second] = call.arguments;
  if (!first) return ownSave(app, call, receiver, entity);
  const byManager = /(?:^|\.)(?:manager|entityManager|em|getManager\(\)|transactionalEntityManager|transactionManager|queryRunner\.manager|AppDataSource\.manager)$/i.test(receiver.getText());
  if (byManager && first.getText() === entity.name && second) return made(app, call, second, entity, model);
  if (byManager) return isNew(app, first, entity) ? made(app, call, first, entity, model) : [];
  return isRepository(app, receiver, entity) ? made(app, call, first, entity, model) : [];
}

function ownSave(app: App, call: ts.CallExpression, receiver: ts.Expression, entity: TypeormEntity): Creation[] {
  const at = bare(receiver);
  const source = isMaker(app, at, entity) ? at : valueBefore(at, call);
  if (!source || !isMaker(app, source, entity)) return [];
  const self = ts.isIdentifier(at) ? { self: at.text } : {};
  return [{ call, row: "", ...self, ...fieldsOf(argumentOf(source)) }];
}

const argumentOf = (node: ts.Node): ts.Expression | undefined => (ts.isCallExpression(node) || ts.isNewExpression(node) ? node.arguments?.[0] : undefined);

/** `new User()`, `User.create({ … })`, `repository.create({ … })`. */
function isMaker(app: App, node: ts.Node, entity: TypeormEntity): boolean {
  const at = bare(node);
  if (ts.isNewExpression(at)) return at.expression.getText() === entity.name;
  if (!ts.isCallExpression(at) || !ts.isPropertyAccessExpression(at.expression) || at.expression.name.text !== "create") return false;
  const owner = at.expression.expression;
  return owner.getText() === entity.name || at.arguments[0]?.getText() === entity.name || isRepository(app, owner, entity);
}

/** What a name was given last in the function before a call. */
function valueBefore(node: ts.Node, before: ts.Node): ts.Node | undefined {
  const scope = functionsAround(before)[0];
  if (!ts.isIdentifier(node) || !scope) return undefined;
  let value: ts.Node | undefined;
  walk(scope, (one) => {
    if (one.pos >= before.pos) return false;
    const at = wrapped(one);
    if (ts.isExpression(one) && keptAs(at) === node.text && bare(at) === one) value = one;
    return undefined;
  });
  return value;
}

const isNew = (app: App, node: ts.Expression, entity: TypeormEntity): boolean => {
  const at = bare(node);
  const value = isMaker(app, at, entity) ? at : valueBefore(at, node);
  return value !== undefined && isMaker(app, value, entity);
};

/** A repository's `save` of something new: a literal without the key, or an entity made in this function. */
function made(app: App, call: ts.CallExpression, given: ts.Expression, entity: TypeormEntity, model: UserModel): Creation[] {
  const at = bare(given);
  const source = isMaker(app, at, entity) || ts.isObjectLiteralExpression(at) ? at : valueBefore(at, call);
  const value = source && bare(source);
  if (!value) return isParameter(at) && /creat|regist|sign/i.test(functionsAround(call)[0]?.getText().slice(0, 120) ?? "") ? [{ call, row: "" }] : [];
  if (ts.isObjectLiteralExpression(value)) {
    const spread = value.properties.find(ts.isSpreadAssignment);
    const isUpdate = keysOf(value).includes(model.id.name) || (spread && /user$/i.test(spread.expression.getText()) && !/dto|create|body|data|input/i.test(spread.expression.getText()));
    return isUpdate ? [] : [{ call, row: "", fields: value, ...(ts.isIdentifier(at) && { self: at.text }) }];
  }
  if (!isMaker(app, value, entity)) return [];
  return [{ call, row: "", ...(ts.isIdentifier(at) && { self: at.text }), ...fieldsOf(argumentOf(value)?.getText() === entity.name ? (value as ts.CallExpression).arguments[1] : argumentOf(value)) }];
}

const isParameter = (node: ts.Node): boolean => ts.isIdentifier(node) && lookup(node.text, node)?.node.kind === ts.SyntaxKind.Parameter;

/** `createQueryBuilder().insert().into(User).values({ … }).execute()`. */
function byQuery(call: ts.CallExpression, entity: TypeormEntity, model: UserModel): Creation[] {
  const execute = call.parent?.parent;
  if (!new RegExp(`\\.into\\(\\s*${entity.name}\\s*\\)`).test(call.expression.getText()) || !execute || !ts.isCallExpression(execute)) return [];
  return [{ call: execute, id: `identifiers[0].${model.id.name}`, ...fieldsOf(call.arguments[0]) }];
}
