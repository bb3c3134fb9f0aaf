// https://pugjs.org/language/attributes.html
import type { Page, RepoPath, StatementAnchor, ViewSaying } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { defineView } from "../define.ts";
import { besides, buttonClass, csrfField, markupPages } from "./markup.place.ts";

const ENDING = /\.(?:pug|jade)$/;

/** Pug: indentation is the structure, so a block of ours takes the indentation of the element it stands beside. */
export default defineView({
  title: "Pug",
  packages: ["pug", "jade"],
  pages: (app) => markupPages(app, ENDING, "pug"),
  control: (app, page, portal) => put(app, page, form(app, page, portal, " Billing")),
  balance: (app, page, url, portal) => put(app, page, [...form(app, page, portal, "\n    span(data-credyt-balance) -"), `script(src='${url}.js' defer)`]),
});

function form(app: App, page: Page, portal: string, label: string): string[] {
  const classes = buttonClass(app, page.file, /^\s*button((?:\.[\w-]+)+)/m, ENDING) ?? "";
  const csrf = csrfField(app, ENDING);
  return [`form(action='${portal}' method='post')`, ...(csrf === "" ? [] : [`  ${csrf}`]), `  button${classes}(type='submit')${label}`];
}

/** Before the sign-out element, else after the last element of the content block. */
function put(app: App, page: Page, lines: readonly string[]): ViewSaying {
  const text = app.repo.text(page.file) ?? "";
  const place = beforeSignOut(page.file, text) ?? endOfContent(page.file, text);
  const added = raw(lines.join("\n"));
  if (!place) return { edits: [], handoff: { reason: "Where this view's content ends is not clear.", paste: added } };
  return { edits: [{ kind: "insert", at: place, code: added }] };
}

/** The line of the sign-out control, or of the form around it. */
function beforeSignOut(file: RepoPath, text: string): StatementAnchor | undefined {
  const found = /^([ \t]*)[\w.#][^\n]*(?:log-?out|sign-?out)/im.exec(text);
  if (!found) return undefined;
  const start = found.index + (found[1]?.length ?? 0);
  return besides(file, text, start, start, "before");
}

/** After the last line of `block content`, at the depth of that block's own elements. */
function endOfContent(file: RepoPath, text: string): StatementAnchor | undefined {
  const block = /^[ \t]*block\s+(?:content|main|body)\b[^\n]*\n([ \t]+)\S/m.exec(text);
  const depth = block?.[1];
  if (!block || depth === undefined) return undefined;
  const from = block.index + block[0].length - 1;
  const rest = text.slice(from);
  const outside = rest.search(new RegExp(`\\n(?!${depth})[ \\t]*\\S`));
  const content = (outside < 0 ? rest : rest.slice(0, outside)).trimEnd();
  return besides(file, text, from, from + content.length, "after");
}
