// https://docs.nestjs.com/techniques/configuration#custom-validate-function
import type { App } from "../../source/app.ts";
import { code } from "../../code/code.ts";
import { addAfterMember } from "../../source/typescript/insertion.ts";
import { lineOf, ts } from "../../source/typescript/parse.ts";
import { defineEnv } from "../define.ts";

/** A class whose decorated members are named as variables are. */
function schemaOf(app: App): ts.ClassDeclaration | undefined {
  for (const file of app.code.mentioning("class-validator").filter((one) => /validateSync|plainToInstance|plainToClass|env/i.test(app.repo.text(one) ?? "")))
    for (const one of app.code.parse(file)?.statements ?? []) {
      const members = ts.isClassDeclaration(one) ? one.members.filter(ts.isPropertyDeclaration) : [];
      if (ts.isClassDeclaration(one) && members.length > 1 && members.every((member) => /^[A-Z][A-Z0-9_]+$/.test(member.name.getText()))) return one;
    }
  return undefined;
}

export default defineEnv({
  title: "class-validator",
  packages: ["class-validator"],
  rank: 75,
  find: (app) => {
    const schema = schemaOf(app);
    const tree = schema?.getSourceFile();
    return schema && tree && { file: tree.fileName, line: lineOf(tree, schema.getStart(tree)) };
  },
  declare: (app, name) => {
    const schema = schemaOf(app);
    const last = schema?.members.at(-1);
    if (!schema || !last || schema.members.some((member) => member.name?.getText() === name)) return [];
    const decorator = (one: string): ReturnType<typeof code> => code`@${{ name: one, from: { package: "class-validator" } }}()`;
    return addAfterMember(last, "\n\n", [code`${decorator("IsOptional")}\n${decorator("IsString")}\n${name}?: string;`]);
  },
});
