import type { RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { literalOf, nameText, propertyOf } from "../../source/typescript/literals.ts";
import { ts } from "../../source/typescript/parse.ts";
import { likeness, plainName } from "./users.likeness.ts";

/** A class under `@Entity()`, or an `EntitySchema`. */
export interface TypeormEntity {
  readonly name: string;
  readonly file: RepoPath;
  readonly node: ts.ClassDeclaration;
  readonly fields: readonly string[];
  readonly key: ts.PropertyDeclaration | undefined;
  /** Whether it has `User.find()` itself: `extends BaseEntity`. */
  readonly active: boolean;
  readonly table: string;
}

/** Every entity of the app; columns of classes that an entity extends count as its own. */
export function readEntities(app: App): readonly TypeormEntity[] {
  return app.code.mentioning("@Entity").flatMap((file) => (app.code.parse(file)?.statements ?? []).flatMap((one) => (ts.isClassDeclaration(one) && one.name && decorator(one, /^Entity$/) ? [describe(app, file, one)] : [])));
}

function describe(app: App, file: RepoPath, node: ts.ClassDeclaration): TypeormEntity {
  const bases = basesOf(app, node, 0);
  const members = [node, ...bases.classes].flatMap((one) => one.members.filter(ts.isPropertyDeclaration));
  const entity = decorator(node, /^Entity$/);
  const given = entity?.arguments[0];
  const named = given && ts.isStringLiteralLike(given) ? given : propertyOf(literalOf(given), "name");
  const name = node.name?.text ?? "";
  return {
    name, file, node,
    fields: members.map((one) => nameText(one.name)),
    key: members.find((one) => decorator(one, /^Primary(?:Generated)?Column$/)),
    active: bases.active,
    table: named && ts.isStringLiteralLike(named) ? named.text : name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase(),
  };
}

function basesOf(app: App, node: ts.ClassDeclaration, depth: number): { readonly classes: readonly ts.ClassDeclaration[]; readonly active: boolean } {
  const base = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const origin = base && app.originOf(base.expression);
  if (origin?.kind === "class" && ts.isClassDeclaration(origin.node) && depth < 4) {
    const up = basesOf(app, origin.node, depth + 1);
    return { classes: [origin.node, ...up.classes], active: up.active };
  }
  return { classes: [], active: base?.expression.getText() === "BaseEntity" && origin?.kind === "package" };
}

/** The call of a decorator whose name fits. */
export function decorator(node: ts.Node, name: RegExp): ts.CallExpression | undefined {
  return (ts.canHaveDecorators(node) ? ts.getDecorators(node) : undefined)?.map((one) => one.expression).find((one): one is ts.CallExpression => ts.isCallExpression(one) && name.test(one.expression.getText()));
}

/** The entity of the people who sign in. */
export function userEntity(entities: readonly TypeormEntity[]): TypeormEntity | undefined {
  const best = entities.map((entity) => ({ entity, score: likeness({ name: entity.name, fields: entity.fields }) })).sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.entity : undefined;
}

/** Whether a name reads as a repository of the entity: `userRepository`, `usersRepo`, `this.users`. */
export const isRepositoryName = (name: string, entity: TypeormEntity): boolean => {
  const stem = name.replace(/_?(?:repository|repo)$/i, "");
  return plainName(stem) === plainName(entity.name) && (stem !== name || /s$/.test(name));
};
