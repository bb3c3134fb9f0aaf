import type { Signup } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { bare, lineOf, ts } from "../../source/typescript/parse.ts";
import { wiredBy } from "./hook.extend.ts";
import { placeName } from "./place.name.ts";
import { atEnd, branchesOf, declaredBefore, type Branch } from "./webhook.branch.ts";

/** Webhooks of the database that tell of a new row in the table of users: once for each account, however it came to be. */
export function databaseWebhooks(app: App): readonly Signup[] {
  const files = app.code.mentioning("INSERT").filter((file) => isDatabaseWebhook(app.repo.text(file) ?? "", file));
  return files.flatMap((file) => {
    const tree = app.code.parse(file);
    return tree ? branchesOf(tree, "INSERT").flatMap((branch) => signupIn(app, branch)) : [];
  });
}

/** `{ type, table, record, old_record, schema }`, for a table of people. */
function isDatabaseWebhook(text: string, file: string): boolean {
  if (!/\brecord\b/.test(text) || !/old_record|supabase/i.test(text)) return false;
  const tables = [...text.matchAll(/\btable\s*[!=]==?\s*["'](\w+)["']/g)].map((match) => match[1] ?? "");
  const people = /user|profile|account|customer/i;
  return tables.length > 0 ? tables.some((table) => people.test(table)) : people.test(file) || /\busers?\b|profile/i.test(text);
}

function signupIn(app: App, { body, tested }: Branch): Signup[] {
  const at = body.statements.at(-1) ?? body;
  const record = recordName(at, tested);
  const place = atEnd(body);
  if (record === undefined) return [];
  const tree = body.getSourceFile();
  const reads = (name: string): boolean => new RegExp(`\\b${record.replace(/[.?]/g, "\\$&")}\\??\\.${name}\\b`).test(tree.text);
  const isLoose = !/\bas\s+[A-Z]/.test(tree.text);
  return [{
    file: tree.fileName, line: lineOf(tree, body.getStart(tree)), symbol: placeName(body), kind: "webhook", tool: "supabase", hook: "extend", confidence: 0.95,
    evidence: [app.at(body)], wired: wiredBy(body),
    user: { id: raw(`${record}.id`), email: isLoose || reads("email") ? raw(`${record}.email`) : null, name: reads("name") ? raw(`${record}.name`) : null },
    ...(place ? { place } : { reason: "no statement may be added where the new row is known" }),
  }];
}

/** The new row as the code around names it: `record`, else `payload.record`. */
function recordName(at: ts.Node, tested: ts.Node): string | undefined {
  for (const declared of declaredBefore(at)) {
    const from = declared.initializer ? bare(declared.initializer).getText() : "";
    if (ts.isIdentifier(declared.name) && /(?<!old)\.(?:record|new)$/.test(from)) return declared.name.text;
    if (ts.isObjectBindingPattern(declared.name)) {
      const found = declared.name.elements.find((one) => (one.propertyName ?? one.name).getText() === "record" && ts.isIdentifier(one.name));
      if (found) return found.name.getText();
    }
  }
  const type = bare(tested);
  return ts.isPropertyAccessExpression(type) ? `${type.expression.getText()}.record` : undefined;
}
