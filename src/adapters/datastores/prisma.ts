// https://www.prisma.io/docs/orm/reference/prisma-client-reference
import type { UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { defineDatastore } from "../define.ts";
import { addPrismaColumns } from "./prisma.columns.ts";
import { prismaCreations } from "./prisma.creations.ts";
import { keyField, readModels, userKey, userModelOf } from "./prisma.schema.ts";
import { prismaStore } from "./prisma.store.ts";
import { emailField, nameField } from "./users.likeness.ts";

const TYPES: Readonly<Record<string, UserModel["id"]["type"]>> = { String: "string", Int: "number", BigInt: "number" };

function userModel(app: App): UserModel | undefined {
  const found = userModelOf(readModels(app));
  if (!found) return undefined;
  const columns = found.fields.filter((field) => !field.list && /^(?:String|Int|BigInt|DateTime|Boolean)$/.test(field.type)).map((field) => field.name);
  const email = emailField(columns);
  const displayName = nameField(columns);
  const key = (email === undefined ? userKey(found) : undefined) ?? keyField(found);
  return {
    name: found.name,
    file: found.file,
    line: app.atOffset(found.file, found.start).line,
    id: { name: key?.name ?? "id", type: TYPES[key?.type ?? ""] ?? "unknown" },
    ...(email !== undefined && { email }),
    ...(displayName !== undefined && { displayName }),
  };
}

export default defineDatastore({
  title: "Prisma",
  packages: ["@prisma/client", "prisma", "nestjs-prisma"],
  rank: 100,
  userModel,
  creations: prismaCreations,
  store: prismaStore,
  columns: addPrismaColumns,
});
