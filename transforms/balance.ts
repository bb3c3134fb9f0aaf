import type { Page } from "../src/domain.ts";
import { code } from "../src/code/code.ts";
import { customerEdits } from "./customers.ts";
import { walletEdit } from "./gate.ts";
import { placeName } from "./portal.ts";
import { appEvidence, isCalled, ours, ownFile, ownFileEdit, pageNamed, type Context, type Step, type Transform } from "./transform.ts";

/** The balance on a page: a route that reads it for the signed-in user, and a small piece of view that shows it and leads to the portal. */
export const balance: Transform = {
  area: "balance",
  title: "Balance display",
  questions: ({ app, choices }) =>
    app.pages.length === 0 ? [] : [{ area: "balance", key: "pages.balance", message: "Which page shows the balance?", options: app.pages.filter((page) => page.isMenu !== true).map((page) => ({ value: page.file, title: `${page.file} (${page.kind})` })), fallback: balancePage({ app, choices } as Context)?.file ?? "" }],
  *steps(context) {
    yield* balanceRoute(context);
    yield* display(context);
  },
  tries: (context) => {
    const page = balancePage(context);
    return page ? [`Open ${placeName(page)} as a signed-in user: the balance stands there, and \`-\` while Credyt cannot be reached.`] : [];
  },
};

const PREFERRED: readonly Page["kind"][] = ["header", "sidebar", "billing", "settings", "account"];

function balancePage({ app, choices }: Context): Page | undefined {
  const chosen = choices.pages.balance;
  if (chosen !== undefined) return pageNamed(app, chosen);
  const shown = app.pages.filter((page) => page.isMenu !== true);
  // A header may be that of visitors' pages; one with the user's own menu in it is not, nor is such a sidebar.
  const users = shown.filter((page) => page.isUsers === true && (page.kind === "header" || page.kind === "sidebar"));
  return [users, shown].flatMap((pages) => PREFERRED.flatMap((kind) => pages.find((page) => page.kind === kind) ?? []))[0];
}

function* balanceRoute(context: Context): Generator<Step> {
  const { app } = context;
  const route = app.dialect.route("balance", app.home);
  const title = "Route that reads the balance";
  const edits = [...customerEdits(context), walletEdit(context), ownFileEdit(context, "balance", { slots: {}, conditions: {} })];
  if (app.home.existing.balance !== undefined && (route?.handoff === undefined || isCalled(context, "readBalance"))) yield { note: { area: "balance", kind: "wired", title: `The balance is read by ${ownFile(context, "balance")}` } };
  else if (!route) yield { handoff: { area: "balance", title, reason: "How a new route learns who is signed in is not clear in this app.", evidence: appEvidence(context), paste: code`const balance = await ${ours(context, "balance", "readBalance")}(user.id);`, file: ownFile(context, "balance") } };
  else if (route.handoff) {
    yield { handoff: { area: "balance", title, ...route.handoff } };
    if (app.home.existing.balance === undefined) yield { change: { id: "balance.read", area: "balance", title: "The reading of the balance, for the route to add", edits, needs: [] } };
  }
  else yield { change: { id: "balance.route", area: "balance", title: `${title}: ${route.method} ${route.url}`, edits: [...route.edits, ...edits], needs: [] } };
}

function* display(context: Context): Generator<Step> {
  const { app } = context;
  const page = balancePage(context);
  const route = app.dialect.route("balance", app.home);
  const portal = app.dialect.route("portal", app.home);
  if (!page || !route || route.handoff) return;
  const saying = app.dialect.balance(page, route.url, portal?.url ?? "");
  const evidence = page.evidence[0] ?? { file: page.file, line: page.line, text: page.kind };
  const title = `Balance on ${page.file}`;
  if (!saying) return;
  if (/CreditBalance|credyt-balance/.test(app.text(page.file) ?? "")) yield { note: { area: "balance", kind: "wired", title: `${page.file} shows the balance`, evidence } };
  else if (saying.handoff) yield { handoff: { area: "balance", title, reason: saying.handoff.reason, evidence, paste: saying.handoff.paste, file: page.file } };
  else if (saying.edits.length > 0) yield { change: { id: "balance.display", area: "balance", title, evidence, edits: saying.edits, needs: app.home.existing.balance === undefined ? ["balance.route"] : [] } };
}
