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
  control: (app, page, portal) => put(app, page, (place) => form(app, page, portal, place, " Billing")),
  balance: (app, page, url, portal) => put(app, page, (place) => [...form(app, page, portal, place, "\n  span(data-credyt-balance) -"), `script(src='${url}.js' defer)`]),
});

/** A button that posts to the portal, in a form of its own; forms do not nest, so inside one the button says where it goes. */
function form(app: App, page: Page, portal: string, place: StatementAnchor, label: string): string[] {
  const text = app.repo.text(page.file) ?? "";
  const classes = classesBeside(text, place) ?? buttonClass(app, page.file, /^\s*button((?:\.(?![\w-]*(?:toggle|danger))[\w-]+)+)\(/m, ENDING) ?? "";
  const csrf = csrfField(app, ENDING);
  const field = csrf === "" ? [] : [csrf];
  if (ancestors(text, place.start).some((line) => /^\s*form\b/.test(line))) return [...field, `button${classes}(type='submit' formaction='${portal}' formmethod='post')${label}`];
  return [`form(action='${portal}' method='post')`, ...[...field, `button${classes}(type='submit')${label}`].map((line) => `  ${line.replaceAll("\n", "\n  ")}`)];
}

/** The classes of the link or button that stands in front of the place, at the same depth. */
function classesBeside(text: string, { start }: StatementAnchor): string | undefined {
  const before = text.slice(0, text.lastIndexOf("\n", start - 1) + 1);
  const indent = text.slice(before.length, start);
  return new RegExp(`(?:^|\\n)${indent}(?:a|button)((?:\\.(?![\\w-]*danger)[\\w-]+)+)\\([^\\n]*\\n$`).exec(before)?.[1];
}

/** The lines of the elements around an offset, innermost first. */
function ancestors(text: string, offset: number): readonly string[] {
  const lines = text.slice(0, text.lastIndexOf("\n", offset - 1) + 1).split("\n");
  let depth = offset - (text.lastIndexOf("\n", offset - 1) + 1);
  const found: string[] = [];
  for (const line of lines.reverse()) {
    const own = /^[ \t]*/.exec(line)?.[0].length ?? 0;
    if (line.trim() === "" || own >= depth) continue;
    found.push(line);
    depth = own;
  }
  return found;
}

/** Before the sign-out element, else after the last element of the content block. */
function put(app: App, page: Page, written: (place: StatementAnchor) => readonly string[]): ViewSaying {
  const text = app.repo.text(page.file) ?? "";
  const place = beforeSignOut(page.file, text) ?? endOfContent(page.file, text);
  if (!place) return { edits: [], handoff: { reason: "Where this view's content ends is not clear.", paste: raw(written({ file: page.file, offset: 0, start: 0, place: "after", block: [0, 0] }).join("\n")) } };
  return { edits: [{ kind: "insert", at: place, code: raw(written(place).join("\n")) }] };
}

/** The line of the link or form that signs out: `/logout`, not a page about it. */
function beforeSignOut(file: RepoPath, text: string): StatementAnchor | undefined {
  const found = /^([ \t]*)(?:a|form|button)\b[^\n]*\b(?:href|action)\s*=\s*["'`][^"'`\n]*(?:log-?out|sign-?out)\/?["'`]/im.exec(text);
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
  const content = withoutScripts(outside < 0 ? rest : rest.slice(0, outside), depth).trimEnd();
  return besides(file, text, from, from + content.length, "after");
}

/** Content up to the scripts that it ends with. */
function withoutScripts(content: string, depth: string): string {
  const tops = [...content.matchAll(new RegExp(`(?:^|\\n)${depth}(?=\\S)([^\\n]*)`, "g"))];
  const last = tops.findLastIndex(([, line]) => !/^(?:script|style|link)\b|^\/\//.test(line ?? ""));
  const next = tops[last + 1];
  return last >= 0 && next ? content.slice(0, next.index) : content;
}
