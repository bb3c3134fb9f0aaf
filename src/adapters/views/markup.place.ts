import type { Page, RepoPath, StatementAnchor } from "../../domain.ts";
import type { App } from "../../source/app.ts";

/** Pages of server-rendered views, by their paths. */
const KINDS: readonly (readonly [Page["kind"], RegExp])[] = [
  ["billing", /(?:^|\/)billing(?:\/index)?\.\w+$/i],
  ["settings", /(?:^|\/)(?:settings?|preferences)(?:\/index)?\.\w+$/i],
  ["account", /(?:^|\/)(?:accounts?|profile|my-?account|dashboard)(?:\/(?:index|profile))?\.\w+$/i],
  ["sidebar", /(?:^|\/)_?sidebar\.\w+$/i],
  ["header", /(?:^|\/)_?(?:site-?)?(?:header|nav-?bar|nav|navigation|top-?bar)\.\w+$/i],
];

/** Views with one of the endings that a person would call a settings, account or header view. */
export function markupPages(app: App, ending: RegExp, view: string): Page[] {
  return app.files(ending).filter((file) => !/(?:^|\/)(?:node_modules|emails?|mail|public)\//.test(file)).flatMap((file): Page[] => {
    const kind = KINDS.find(([, pattern]) => pattern.test(file))?.[0];
    const at = kind && app.repo.text(file) !== undefined ? app.atOffset(file, 0) : undefined;
    return kind && at ? [{ kind, file, line: 1, view, evidence: [at] }] : [];
  });
}

const SIGN_OUT = /log-?out|sign-?out/i;

/** After the element that signs out, else after the last element of the page's content. Undefined when neither is clear. */
export function markupPlace(file: RepoPath, text: string): StatementAnchor | undefined {
  const lines = linesOf(text);
  const out = lines.findIndex((line) => SIGN_OUT.test(line.text));
  const element = out >= 0 ? outermost(lines, out) : undefined;
  const end = element && endOfElement(lines, element);
  if (element && end) return besides(file, text, element.start + element.indent, end.end, "after");
  const last = lastElement(lines);
  return last && besides(file, text, last.start + last.indent, last.end, "after");
}

/** An anchor for lines of ours with the indentation of the line that holds `start`. */
export const besides = (file: RepoPath, text: string, start: number, offset: number, place: "before" | "after"): StatementAnchor => ({ file, offset, start, place, block: [0, text.length] });

/** The form or list item that a sign-out control stands in, else its own line. */
function outermost(lines: readonly Line[], index: number): Line | undefined {
  for (let i = index; i >= Math.max(0, index - 4); i--) {
    const line = lines[i];
    if (line && /^\s*<(?:form|li)\b/i.test(line.text) && endOfElement(lines, line)) return line;
  }
  return lines[index];
}

interface Line {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly indent: number;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let at = 0;
  for (const raws of text.split("\n")) {
    const line = raws.replace(/\r$/, "");
    lines.push({ text: line, start: at, end: at + line.length, indent: line.length - line.trimStart().length });
    at += raws.length + 1;
  }
  return lines;
}

/** The line where the element ends that begins on a line: that line itself, or the closing tag with the same indentation. */
function endOfElement(lines: readonly Line[], line: Line): Line | undefined {
  const tag = /^\s*<([a-z][\w-]*)\b/i.exec(line.text)?.[1];
  if (tag === undefined) return undefined;
  if (new RegExp(`</${tag}>\\s*$`, "i").test(line.text)) return line;
  return lines.find((one) => one.start > line.start && one.indent === line.indent && new RegExp(`^\\s*</${tag}>\\s*$`, "i").test(one.text));
}

const CLOSING = /^\s*<\/(?:section|div|form|article|table|ul|p|fieldset)>\s*$/i;

/** The last closing line of the page's own top-level elements: what comes after is a footer, a script or the closing of a layout. */
const lastElement = (lines: readonly Line[]): Line | undefined => lines.findLast((line) => CLOSING.test(line.text) && line.indent === contentIndent(lines));

/** The indentation of the page's own top-level elements. */
function contentIndent(lines: readonly Line[]): number {
  return Math.min(...lines.filter((line) => CLOSING.test(line.text)).map((line) => line.indent));
}

/** A hidden field with the request's CSRF token, as the app's other forms write it; empty when they have none. */
export function csrfField(app: App, ending: RegExp): string {
  for (const file of app.files(ending)) {
    const field = /^[ \t]*((?:<input\b[^>\n]*\b_csrf\b[^>\n]*>)|(?:input\([^)\n]*_csrf[^)\n]*\)))[ \t]*$/m.exec(app.repo.text(file) ?? "")?.[1];
    if (field !== undefined) return field;
  }
  return "";
}

/** The classes of the first button of a view, else of the app's views. */
export function buttonClass(app: App, file: RepoPath, pattern: RegExp, ending: RegExp): string | undefined {
  for (const one of [file, ...app.files(ending)]) {
    const found = pattern.exec(app.repo.text(one) ?? "")?.[1];
    if (found !== undefined && !/[<{#]/.test(found)) return found;
  }
  return undefined;
}
