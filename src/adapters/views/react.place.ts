import type { Code, RepoPath, StatementAnchor } from "../../domain.ts";
import { code, fromFile, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";

/** Where JSX of ours goes: after a child of an element, on lines of its own. */
export interface Place {
  readonly anchor: StatementAnchor;
  /** A button like the one that stands there. */
  readonly button: Code | undefined;
}

type Root = ts.JsxElement | ts.JsxFragment;

const SIGN_OUT = /log ?-?out|sign ?-?out|logout|signout/i;

/**
 * The place for a billing control in a component's file: beside the sign-out control or the user's menu where there is one, else the
 * last child of the element that the file's main component renders. Undefined when it renders no such element.
 */
export function placeIn(app: App, file: RepoPath): Place | undefined {
  const tree = app.code.parse(file);
  if (!tree) return undefined;
  const root = rootElement(tree);
  if (!root) return undefined;
  return besideSignOut(root) ?? besideUser(root) ?? lastChild(root);
}

/** The JSX element that the file's main component returns: the default export's, else the last exported component's. */
function rootElement(tree: ts.SourceFile): Root | undefined {
  const roots: { readonly element: Root; readonly rank: number }[] = [];
  const defaultName = tree.statements.flatMap((one) => (ts.isExportAssignment(one) && ts.isIdentifier(one.expression) ? [one.expression.text] : []))[0];
  walk(tree, (node) => {
    if (!(ts.isFunctionDeclaration(node) || ts.isArrowFunction(node) || ts.isFunctionExpression(node)) || !node.body) return;
    const name = ts.isFunctionDeclaration(node) ? node.name?.text : ts.isVariableDeclaration(node.parent) ? node.parent.name.getText() : undefined;
    if (name !== undefined && !/^[A-Z]/.test(name)) return;
    const element = returned(node.body);
    const flags = ts.isFunctionDeclaration(node) ? ts.getCombinedModifierFlags(node) : ts.isVariableDeclaration(node.parent) ? ts.getCombinedModifierFlags(node.parent) : 0;
    const rank = (flags & ts.ModifierFlags.Default) !== 0 || (name !== undefined && name === defaultName) ? 2 : (flags & ts.ModifierFlags.Export) !== 0 ? 1 : 0;
    if (element && name !== undefined) roots.push({ element, rank });
  });
  return roots.sort((a, b) => b.rank - a.rank)[0]?.element;
}

/** The element of the function's last `return`, or of an arrow's body. */
function returned(body: ts.ConciseBody): Root | undefined {
  const value = ts.isBlock(body) ? body.statements.findLast((one) => ts.isReturnStatement(one))?.expression : body;
  const element = value && bare(value);
  return element && (ts.isJsxElement(element) || ts.isJsxFragment(element)) ? element : undefined;
}

/** After the form or the control that signs out. Inside a menu or a list a form of ours would not be an item. */
function besideSignOut(root: Root): Place | undefined {
  const found = firstElement(root, (node) => ts.isJsxElement(node) && /^(?:form|Form)$/.test(node.openingElement.tagName.getText()) && SIGN_OUT.test(node.getText()) && node.getText().length < 1200);
  if (found && ts.isJsxElement(found)) return after(found, likeButton(found));
  const control = firstElement(root, (node) => ts.isJsxElement(node) && /^(?:a|button|Button|Link)$/.test(tagOf(node)) && SIGN_OUT.test(node.getText()) && isPlainParent(node.parent));
  return control && after(control, undefined);
}

/** An element that takes any child: no list, no menu of a component library. */
const isPlainParent = (node: ts.Node): boolean => ts.isJsxElement(node) && /^(?:nav|div|header|section|aside|span|p)$/.test(tagOf(node));

/** After the user's own button or menu, which only signed-in people see. */
function besideUser(root: Root): Place | undefined {
  const found = firstElement(root, (node) => (ts.isJsxSelfClosingElement(node) || ts.isJsxElement(node)) && /^(?:UserButton|UserMenu|UserNav|UserDropdown|UserAvatar|UserAccountNav|UserProfile)$/.test(tagOf(node)));
  return found && after(found, undefined);
}

const tagOf = (node: ts.JsxElement | ts.JsxSelfClosingElement): string => (ts.isJsxElement(node) ? node.openingElement : node).tagName.getText();

function firstElement(root: Root, accept: (node: ts.Node) => boolean): ts.Node | undefined {
  let found: ts.Node | undefined;
  walk(root, (node) => {
    if (!found && accept(node)) found = node;
  });
  return found;
}

/** A place after a child of an element that begins and ends its own lines. */
function after(node: ts.Node, button: Code | undefined): Place | undefined {
  if (!(ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent)) || !standsAlone(node)) return undefined;
  const file = node.getSourceFile();
  return { anchor: { file: file.fileName, offset: node.end, start: node.getStart(file), place: "after", block: [node.parent.getStart(file), node.parent.end] }, button };
}

/** Whether an element begins and ends its own lines. */
function standsAlone(node: ts.Node): boolean {
  const text = node.getSourceFile().text;
  const before = text.slice(text.lastIndexOf("\n", node.getStart() - 1) + 1, node.getStart());
  return before.trim() === "" && /^[ \t]*\r?\n/.test(text.slice(node.end));
}

/** The button inside the sign-out form, with another text. */
function likeButton(form: ts.JsxElement): Code | undefined {
  let found: ts.JsxElement | undefined;
  walk(form, (node) => {
    if (!found && ts.isJsxElement(node) && /^(?:button|Button)$/.test(node.openingElement.tagName.getText())) found = node;
  });
  if (!found) return undefined;
  const name = found.openingElement.tagName.getText();
  const kept = found.openingElement.attributes.properties.filter((one) => ts.isJsxAttribute(one) && /^(?:className|variant|size|color)$/.test(one.name.getText()) && !(one.initializer && ts.isJsxExpression(one.initializer))).map((one) => ` ${one.getText()}`);
  return raw(`<${name} type="submit"${kept.join("")}>Billing</${name}>`);
}

/** After the root's last child; a wrapper with one child (a layout, a provider) is looked into. */
function lastChild(root: Root): Place | undefined {
  let at: Root = root;
  for (;;) {
    const inner = at.children.filter((one) => !(ts.isJsxText(one) && one.containsOnlyTriviaWhiteSpaces));
    const only = inner.length === 1 ? inner[0] : undefined;
    if (only && ts.isJsxElement(only)) at = only;
    else {
      const last = inner.at(-1);
      return last && !ts.isJsxText(last) ? after(last, undefined) : undefined;
    }
  }
}

/** The page's own button, the app's, or a plain one. */
export function buttonOf(app: App, file: RepoPath): Code {
  const text = app.repo.text(file) ?? "";
  if (/import[^;]*\bButton\b[^;]*from/.test(text)) return raw('<Button type="submit">Billing</Button>');
  const shared = ["components/ui/button", "src/components/ui/button"].map((path) => ["tsx", "jsx"].map((end) => app.path(`${path}.${end}`)).find((one) => app.repo.has(one))).find((one) => one !== undefined);
  if (shared !== undefined && /export\s*\{[^}]*\bButton\b|export (?:function|const) Button\b/.test(app.repo.text(shared) ?? "")) return code`<${fromFile("Button", shared)} type="submit">Billing</${raw("Button")}>`;
  const like = /<button\b[^>]*\bclassName=("[^"]*"|'[^']*')/.exec(text)?.[1];
  return raw(`<button type="submit"${like === undefined ? "" : ` className=${like}`}>Billing</button>`);
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
