import type { Page, ViewSaying } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import type { ViewAdapter } from "../define.ts";
import { buttonClass, csrfField, markupPages, markupPlace } from "./markup.place.ts";

/** A view adapter for languages that are HTML with holes: EJS, Handlebars. `ending` matches their files. */
export function htmlView(title: string, packages: readonly string[], view: string, ending: RegExp): ViewAdapter {
  const button = (app: App, page: Page): string => {
    const classes = buttonClass(app, page.file, /<button\b[^>]*\bclass="([^"]*)"/, ending);
    return classes === undefined ? "" : ` class="${classes}"`;
  };
  const form = (app: App, page: Page, portal: string, label: string): string[] => {
    const csrf = csrfField(app, ending);
    return [`<form action="${portal}" method="post">`, ...(csrf === "" ? [] : [`  ${csrf}`]), `  <button${button(app, page)} type="submit">${label}</button>`, "</form>"];
  };
  const put = (app: App, page: Page, lines: readonly string[]): ViewSaying => {
    const place = markupPlace(page.file, app.repo.text(page.file) ?? "");
    if (!place) return { edits: [], handoff: { reason: "Where this view's content ends is not clear.", paste: raw(lines.join("\n")) } };
    return { edits: [{ kind: "insert", at: place, code: raw(lines.join("\n")) }] };
  };
  return {
    title,
    packages,
    pages: (app) => markupPages(app, ending, view),
    control: (app, page, portal) => put(app, page, form(app, page, portal, "Billing")),
    // The script is a route of ours: pages with a strict content security policy load it too.
    balance: (app, page, url, portal) => put(app, page, [...form(app, page, portal, "<span data-credyt-balance>-</span>"), `<script src="${url}.js" defer></script>`]),
  };
}
