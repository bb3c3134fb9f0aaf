import type { Code, Page, RepoPath } from "../../domain.ts";
import { code, fromFile, fromPackage, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { ts } from "../../source/typescript/parse.ts";
import type { Place } from "./react.place.ts";

/** A form that posts to the portal route, as an item of the menu or list in which it stands, with a button in the look of the page. */
export function portalForm(app: App, page: Page, place: Place | undefined, portal: string): Code {
  const label = page.kind === "billing" || />\s*Billing\s*</.test(app.repo.text(page.file) ?? "") ? "Add funds" : "Billing";
  const open = `<form action="${portal}" method="post">`;
  if (place?.beside === "menu-item") return raw(`${open}\n  <DropdownMenuItem asChild>\n    <button type="submit" className="w-full">${label}</button>\n  </DropdownMenuItem>\n</form>`);
  const button = place?.like ? likeControl(place.like, label) : buttonOf(app, page.file, label);
  const form = joinCode([raw(`${open}\n  `), button, raw("\n</form>")], "");
  if (place?.beside === "list-item") return joinCode([raw("<li>\n  "), deeper(form), raw("\n</li>")], "");
  return place?.condition === undefined ? form : joinCode([raw(`{${place.condition} && (\n  `), deeper(form), raw("\n)}")], "");
}

const deeper = (given: Code): Code => ({ parts: given.parts.map((part) => (typeof part === "string" ? part.replace(/\n/g, "\n  ") : part)) });

/** A button that looks like a control of the page. */
function likeControl({ openingElement }: ts.JsxElement, label: string): Code {
  const name = openingElement.tagName.getText() === "Button" ? "Button" : "button";
  const looks = name === "Button" ? /^(?:className|variant|size|color|colorScheme)$/ : /^className$/;
  const kept = openingElement.attributes.properties.filter((one) => ts.isJsxAttribute(one) && looks.test(one.name.getText()) && isText(one.initializer)).map((one) => ` ${one.getText()}`);
  return raw(`<${name} type="submit"${kept.join("")}>${label}</${name}>`);
}

const isText = (value: ts.JsxAttributeValue | undefined): boolean => value !== undefined && (ts.isStringLiteral(value) || (ts.isJsxExpression(value) && value.expression !== undefined && ts.isStringLiteralLike(value.expression)));

/** The page's own button, the one that most of the app uses, the one of its component library, or a plain one. */
function buttonOf(app: App, file: RepoPath, label: string): Code {
  const text = app.repo.text(file) ?? "";
  if (app.facts(file)?.imports.some((fact) => fact.defaultName === "Button" || fact.named.some((one) => one.local === "Button"))) return joinCode([raw("<Button"), withLabel(app, label)], "");
  const button = usualButton(app);
  if (button) return code`<${button}${withLabel(app, label)}`;
  const like = /<button\b[^>]*\bclassName=("[^"]*"|'[^']*')/.exec(text)?.[1];
  return raw(`<button type="submit"${like === undefined ? "" : ` className=${like}`}>${label}</button>`);
}

/** The rest of a `<Button`: its label between the tags, or as the property in which most of the app's buttons have theirs. */
function withLabel(app: App, label: string): Code {
  const texts = app.code.mentioning("<Button").slice(0, 60).map((file) => app.repo.text(file) ?? "");
  const count = (pattern: RegExp): number => texts.reduce((sum, text) => sum + (text.match(pattern)?.length ?? 0), 0);
  const between = count(/<\/Button>/g);
  const property = ["text", "label"].find((name) => count(new RegExp(`<Button\\s[^<]{0,400}?\\b${name}=`, "g")) > between);
  return raw(property === undefined ? ` type="submit">${label}</Button>` : ` type="submit" ${property}="${label}" />`);
}

/** The `Button` that most files of the app import by name; else the one a component library put into the app. */
function usualButton(app: App): ReturnType<typeof fromFile> | undefined {
  const uses = new Map<string, { readonly from: ReturnType<typeof fromFile>; count: number }>();
  for (const file of app.code.mentioning("<Button").slice(0, 60))
    for (const fact of app.facts(file)?.imports ?? []) {
      if (fact.typeOnly || !fact.named.some((one) => one.imported === "Button" && one.local === "Button")) continue;
      // The buttons of mails and documents are no buttons of a page.
      if (/e?mail|pdf|native/i.test(fact.file ?? fact.module)) continue;
      // A package of the repo is imported by its name, as any other.
      const isPackage = fact.file === undefined || (!/^[.@~#]\//.test(fact.module) && !fact.module.startsWith(".") && app.uses(fact.module) !== undefined);
      const key = isPackage ? fact.module : (fact.file ?? fact.module);
      const known = uses.get(key) ?? { from: isPackage || fact.file === undefined ? fromPackage("Button", fact.module) : fromFile("Button", fact.file), count: 0 };
      if (fact.file === undefined && (fact.module.startsWith(".") || app.uses(fact.module) === undefined)) continue;
      uses.set(key, { ...known, count: known.count + 1 });
    }
  const usual = [...uses.values()].sort((a, b) => b.count - a.count)[0];
  if (usual && usual.count > 1) return usual.from;
  const shared = ["components/ui/button", "src/components/ui/button"].map((path) => ["tsx", "jsx"].map((end) => app.path(`${path}.${end}`)).find((one) => app.repo.has(one))).find((one) => one !== undefined);
  return shared !== undefined && /export\s*\{[^}]*\bButton\b|export (?:function|const) Button\b/.test(app.repo.text(shared) ?? "") ? fromFile("Button", shared) : undefined;
}

/** A client component that shows the balance and leads to the portal. It never blocks the page: "-" until it is known. */
export function balanceComponent(app: App, url: string, portal: string): Code {
  const directive = app.uses("next") === undefined ? "" : '"use client";\n\n';
  const type = app.language === "typescript" ? ": { text?: string }" : "";
  return raw(`${directive}import { useEffect, useState } from "react";

/** The signed-in user's balance, "-" until it is known. It leads to the billing portal. */
export function CreditBalance() {
  const [text, setText] = useState("-");

  useEffect(() => {
    fetch("${url}")
      .then((response) => (response.status === 401 ? { text: "" } : response.json()))
      .then((balance${type}) => setText(balance.text ?? "-"))
      .catch(() => {});
  }, []);

  // Nobody is signed in.
  if (text === "") return null;

  return (
    <form action="${portal}" method="post">
      <button type="submit" title="Balance: add funds">
        {text}
      </button>
    </form>
  );
}
`);
}
