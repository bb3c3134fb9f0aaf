import type { Edit, Page } from "../src/domain.ts";
import { code, raw } from "../src/code/code.ts";
import { appUrlSlots, customerEdits } from "./customers.ts";
import { appEvidence, isCalled, ours, ownFile, ownFileEdit, pageNamed, type Context, type Step, type Transform } from "./transform.ts";

/**
 * The billing portal: a route that makes a session for the signed-in user and sends the browser there, and a control on a page.
 */
export const portal: Transform = {
  area: "portal",
  title: "Billing portal",
  questions: ({ app, choices }) => [
    { area: "portal", key: "returnPath", message: "Where do users return to from the billing portal?", fallback: returnPathOf({ app, choices } as Context) },
    ...(app.pages.length === 0 ? [] : [{ area: "portal" as const, key: "pages.control", message: "Which page gets the billing control?", options: app.pages.map((page) => ({ value: page.file, title: `${page.file} (${page.kind})` })), fallback: controlPage({ app, choices } as Context)?.file ?? "" }]),
  ],
  *steps(context) {
    yield* portalRoute(context);
    yield* control(context);
  },
  tries: (context) => {
    const page = controlPage(context);
    const route = context.app.dialect.route("portal", context.app.home);
    const rest = `you land in the portal, top up, and come back to ${context.choices.returnPath}.`;
    if (page && !route?.handoff) return [`Sign in, open ${placeName(page)} and press the billing control: ${rest}`];
    if (route?.byScript && !route.handoff) return [`As a signed-in user, let your front end post to ${route.url} and open the \`url\` of the answer: ${rest}`];
    return [route && !route.handoff ? `As a signed-in user, let a form of your front end post to ${route.url}: ${rest}` : `Press the billing control you added: ${rest}`];
  },
};

/** Where users come back to: as answered, else to the page with the control, else to the start. */
function returnPathOf(context: Context): string {
  const url = controlPage(context)?.url;
  return context.choices.returnPath !== "/" || url === undefined || url.includes("[") ? context.choices.returnPath : url;
}

/** How a person is told which page to open: its address, else the file that is part of pages. */
export const placeName = (page: Page): string => page.url ?? `a page with ${page.file}`;

const PREFERRED: readonly Page["kind"][] = ["billing", "settings", "account", "sidebar", "header"];

/** The page for the control: the user's choice, else the most fitting one. */
export function controlPage({ app, choices }: Context): Page | undefined {
  const chosen = choices.pages.control;
  if (chosen !== undefined) return pageNamed(app, chosen);
  return PREFERRED.map((kind) => app.pages.find((page) => page.kind === kind)).find((page) => page !== undefined);
}

function portalEdits(context: Context): Edit[] {
  const { choices } = context;
  const slots = {
    ...appUrlSlots(context),
    returnPath: raw(`const returnPath = ${JSON.stringify(choices.returnPath)};`),
    failurePath: raw(`const failurePath = ${JSON.stringify(choices.failurePath)};`),
  };
  return [...customerEdits(context), ownFileEdit(context, "portal", { slots, conditions: {} })];
}

function* portalRoute(context: Context): Generator<Step> {
  const { app } = context;
  const route = app.dialect.route("portal", app.home);
  const title = "Route to the billing portal";
  if (app.home.existing.portal !== undefined && (route?.handoff === undefined || isCalled(context, "createPortalSession"))) yield { note: { area: "portal", kind: "wired", title: `The portal session is made by ${ownFile(context, "portal")}` } };
  else if (!route) yield { handoff: { area: "portal", title, reason: "How a new route learns who is signed in is not clear in this app.", evidence: appEvidence(context), paste: code`const url = await ${ours(context, "portal", "createPortalSession")}(user.id);`, file: ownFile(context, "portal") } };
  else if (route.handoff) {
    yield { handoff: { area: "portal", title, ...route.handoff } };
    // What the code to paste imports has to be there.
    if (app.home.existing.portal === undefined) yield { change: { id: "portal.session", area: "portal", title: "The session of the portal, for the route to add", edits: portalEdits(context), needs: [] } };
  } else yield { change: { id: "portal.route", area: "portal", title: `${title}: ${route.method} ${route.url}`, edits: [...route.edits, ...portalEdits(context)], needs: [] } };
}

function* control(context: Context): Generator<Step> {
  const { app } = context;
  const page = controlPage(context);
  const route = app.dialect.route("portal", app.home);
  if (!page || !route || route.handoff) return;
  const saying = app.dialect.control(page, route.url);
  const evidence = page.evidence[0] ?? { file: page.file, line: page.line, text: page.kind };
  const title = `Billing control on ${page.file}`;
  if (!saying) return;
  if (saying.handoff) yield { handoff: { area: "portal", title, reason: saying.handoff.reason, evidence, paste: saying.handoff.paste, file: page.file } };
  else if (app.text(page.file)?.includes(route.url)) yield { note: { area: "portal", kind: "wired", title: `${page.file} leads to the billing portal`, evidence } };
  else if (saying.edits.length > 0) yield { change: { id: "portal.control", area: "portal", title, evidence, edits: saying.edits, needs: app.home.existing.portal === undefined ? ["portal.route"] : [] } };
}
