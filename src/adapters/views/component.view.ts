import type { Edit, Page, RepoPath, ViewSaying } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import { restyle } from "../../code/style.ts";
import type { App } from "../../source/app.ts";
import { defineView } from "../define.ts";
import { componentPages } from "./component.pages.ts";
import { buttonLike, componentPlace } from "./component.place.ts";

/** What a language of single-file components says in its own way. */
export interface ComponentLanguage {
  readonly title: string;
  readonly packages: readonly string[];
  readonly view: string;
  readonly ending: RegExp;
  /** The file of the balance's component. */
  readonly file: (app: App) => RepoPath;
  readonly component: (app: App, url: string, portal: string) => string;
  /** Edits that make the component known on a page; undefined where the page's script takes none. */
  readonly bring: (app: App, page: RepoPath, component: RepoPath) => readonly Edit[] | undefined;
}

/** A view adapter for components with markup, script and style in one file. */
export const componentView = (language: ComponentLanguage): ReturnType<typeof defineView> =>
  defineView({
    title: language.title,
    packages: language.packages,
    pages: (app) => componentPages(app, language.ending, language.view),
    control: (app, page, portal) => put(app, page, [`<form action="${portal}" method="post">`, `  ${buttonLike(app.repo.text(page.file) ?? "", "Billing")}`, "</form>"], []),
    balance: (app, page, url, portal) => {
      const file = language.file(app);
      const create: readonly Edit[] = app.repo.has(file) ? [] : [{ kind: "create", file, code: raw(restyle(language.component(app, url, portal), app.style)) }];
      const brought = language.bring(app, page.file, file);
      if (!brought) return { edits: create, handoff: { reason: "This page's script lists its components in a way that is not clear: import the balance there.", paste: raw("<CreditBalance />") } };
      return put(app, page, ["<CreditBalance />"], [...create, ...brought]);
    },
  });

function put(app: App, page: Page, lines: readonly string[], more: readonly Edit[]): ViewSaying {
  const place = componentPlace(page.file, app.repo.text(page.file) ?? "");
  if (!place) return { edits: [], handoff: { reason: "Where this page's content ends is not clear.", paste: raw(lines.join("\n")) } };
  const [first = "", ...rest] = lines;
  const shown = [place.condition === undefined ? first : first.replace(/^<([\w-]+)/, `<$1 ${place.condition}`), ...rest];
  const written = place.isItem ? ["<li>", ...shown.map((line) => `  ${line}`), "</li>"] : shown;
  return { edits: [...more, { kind: "insert", at: place.anchor, code: raw(written.join("\n")) }] };
}

/** The script block of a component that runs for each of its instances. */
export interface Script {
  readonly attributes: string;
  /** Offsets of its content. */
  readonly start: number;
  readonly end: number;
}

/** Every `<script>` of a component, in order. */
export const scriptsIn = (text: string): readonly Script[] =>
  [...text.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/gi)].map((match) => {
    const start = match.index + match[0].indexOf(">") + 1;
    return { attributes: match[1] ?? "", start, end: start + (match[2] ?? "").length };
  });

/** Puts an import behind the last one of a script, or at its start; in the app's style. */
export function importInto(app: App, file: RepoPath, text: string, script: Script, line: string): Edit {
  const content = text.slice(script.start, script.end);
  const last = [...content.matchAll(/^[ \t]*import\b[^\n]*(?:\n[^\n]*?from\s+["'][^"']+["'];?)?/gm)].at(-1);
  const indent = /^[ \t]*(?=\S)/m.exec(content)?.[0] ?? "";
  const written = restyle(line, app.style);
  const offset = script.start + (last ? last.index + last[0].length : 0);
  const onLine = last ? "" : indent;
  return { kind: "splice", at: { file, offset }, remove: "", code: raw(`\n${onLine}${written}`) };
}
