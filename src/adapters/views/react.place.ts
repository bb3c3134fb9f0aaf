import type { Page, StatementAnchor } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";

/** Where JSX of ours goes: beside a child of an element, on lines of its own. */
export interface Place {
  readonly anchor: StatementAnchor;
  /** What stands there: the control or form that signs out, an item of a menu or a list that does, the user's own menu; nothing that is the user's. */
  readonly beside: "sign-out" | "menu-item" | "list-item" | "user" | "nothing";
  /** The button or link that signs out: ours look like it. */
  readonly like?: ts.JsxElement;
  /** What must hold for the user's menu to be shown; the place itself is shown to everybody. */
  readonly condition?: string;
}

type Root = ts.JsxElement | ts.JsxFragment;

const SIGN_OUT = /log ?-?out|sign ?-?out|logout|signout/i;

/**
 * The place for what is the signed-in user's on a page or in a header: beside what signs out or the user's menu where there is one, in a
 * header in the branch that only signed-in people see, else behind the last child of the element that the file's main component renders.
 * Undefined when it renders no such element. `inMenu` says whether an item of a menu will do.
 */
export function placeIn(app: App, { file, kind }: Pick<Page, "file" | "kind">, inMenu: boolean): Place | undefined {
  const tree = app.code.parse(file);
  const root = tree && rootElement(tree);
  if (!root) return undefined;
  const users = besideSignOut(root) ?? (inMenu ? besideItem(root) : undefined) ?? besideUser(root);
  if (users || (kind !== "header" && kind !== "sidebar")) return users ?? (ts.isJsxElement(root) && OVERLAY.test(tagOf(root)) ? undefined : lastChild(root));
  return inSignedInBranch(root) ?? inHeader(root);
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
  const form = firstElement(root, (node) => ts.isJsxElement(node) && /^(?:form|Form)$/.test(tagOf(node)) && signsOut(node) && node.getText().length < 1200);
  if (form && ts.isJsxElement(form)) return beside(form, "after", "sign-out", firstElement(form, isControl) as ts.JsxElement | undefined);
  const control = firstElement(root, (node) => isControl(node) && signsOut(node) && isPlainParent(node.parent));
  if (control) return beside(control, "after", "sign-out", control as ts.JsxElement);
  const button = firstElement(root, (node) => isElement(node) && SIGNS_OUT.test(tagOf(node)) && isPlainParent(node.parent));
  return button && beside(button, "after", "sign-out", firstElement(button, isControl) as ts.JsxElement | undefined);
}

/** A component for it, `<LogoutButton />`, or Clerk's around a button. */
const SIGNS_OUT = /^(?:Log|Sign)[oO]ut(?:Button|Link|Form)?$/;

const signsOut = (node: ts.Node): boolean => SIGN_OUT.test(node.getText());

const isControl = (node: ts.Node): node is ts.JsxElement => ts.isJsxElement(node) && /^(?:a|button|Button|Link)$/.test(tagOf(node));

/** An element that takes any child: no list, no menu of a component library. */
const isPlainParent = (node: ts.Node): boolean => ts.isJsxElement(node) && /^(?:nav|div|header|section|aside|span|p)$/.test(tagOf(node));

/** In front of the item of a menu or a list that signs out. */
function besideItem(root: Root): Place | undefined {
  const item = firstElement(root, (node) => ts.isJsxElement(node) && /^(?:DropdownMenuItem|li)$/.test(tagOf(node)) && signsOut(node) && !firstElement(node, (inner) => inner !== node && ts.isJsxElement(inner) && tagOf(inner) === tagOf(node)));
  if (!item || !ts.isJsxElement(item)) return undefined;
  return beside(item, "before", tagOf(item) === "li" ? "list-item" : "menu-item", firstElement(item, isControl) as ts.JsxElement | undefined);
}

const USERS_OWN = /^(?:NavUser|\w*SidebarUser|\w*User(?:Button|Menu|Nav|Dropdown|Avatar|AccountNav|Profile|Info)|Profile(?:Options|Menu|Dropdown|Button)|Account(?:Menu|Dropdown|Button)|AvatarMenu)$/;

/** After the user's own button or menu, which only signed-in people see. */
function besideUser(root: Root): Place | undefined {
  const found = firstElement(root, (node) => isElement(node) && USERS_OWN.test(tagOf(node)));
  return found && shownOnly(found);
}

/** After an element, or after the `{user ? <Menu /> : …}` that shows it, with what must hold for that. */
function shownOnly(element: ts.Node): Place | undefined {
  let at = element;
  let condition: string | undefined;
  while (ts.isParenthesizedExpression(at.parent)) at = at.parent;
  if (ts.isConditionalExpression(at.parent) && at.parent.whenTrue === at) condition = at.parent.condition.getText();
  else if (ts.isBinaryExpression(at.parent) && at.parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken && at.parent.right === at) condition = at.parent.left.getText();
  if (condition === undefined) return beside(element, "after", "user");
  let shown: ts.Node = at.parent;
  while (ts.isParenthesizedExpression(shown.parent)) shown = shown.parent;
  const place = ts.isJsxExpression(shown.parent) ? beside(shown.parent, "after", "user") : undefined;
  return place && { ...place, condition };
}

const SIGNED_IN = /^(?:!!)?[\w.?]*\b(?:user|session|userId|currentUser|isSignedIn|signedIn|isAuthenticated|authenticated|isLoggedIn|loggedIn|profile|avatar|photo)(?:\?*\.\w+)*$/;

/** In the last branch that is for signed-in people: behind its last child, or behind a branch of one element. */
function inSignedInBranch(root: Root): Place | undefined {
  const branch = branchesOf(root).findLast((one) => !FOR_VISITORS.test(one.getText()));
  if (!branch) return undefined;
  const inner = ts.isJsxFragment(branch) || (ts.isJsxElement(branch) && /^(?:div|nav|section|aside|header|span)$/.test(tagOf(branch))) ? lastChild(branch) : undefined;
  return inner ? { ...inner, beside: "user" } : shownOnly(branch);
}

/** Wrappers of component libraries whose children are parts with a meaning, none of them content. */
const OVERLAY = /^(?:Sheet|Dialog|AlertDialog|Drawer|Popover|Modal|DropdownMenu|Tabs|Accordion|Select|Tooltip|Form)(?:\.?Root)?$/;

const FOR_VISITORS = /log ?in\b|sign ?-?in\b|sign ?-?up\b/i;

const CONTAINER = /^(?:[a-z].*|Flex|[HV]?Stack|Box|Container|Group|Grid|Row|Toolbar|AppBar|\w*(?:Header|Footer|Nav|Navbar|Sidebar|Wrapper))$/;

/** Behind the last child of a header; of one that stands beside dialogs and the like, of the element that is the header; of a sidebar made of parts, of its footer. */
function inHeader(root: Root): Place | undefined {
  if (FOR_VISITORS.test(root.getText())) return undefined;
  const elements = root.children.filter(ts.isJsxElement).sort((a, b) => b.getText().length - a.getText().length);
  const header = ts.isJsxFragment(root) ? elements[0] : root;
  if (!header || !CONTAINER.test(tagOf(header))) return undefined;
  const footer = /^\w*Sidebar$/.test(tagOf(header)) ? header.children.filter(ts.isJsxElement).findLast((one) => /Footer$/.test(tagOf(one))) : undefined;
  return lastChild(footer ?? header);
}

/** What `{user ? … : …}` and `{user && …}` show. */
function branchesOf(root: Root): ts.Node[] {
  const found: ts.Node[] = [];
  walk(root, (node) => {
    const shown = ts.isConditionalExpression(node) && SIGNED_IN.test(node.condition.getText()) ? node.whenTrue : ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken && SIGNED_IN.test(node.left.getText()) ? node.right : undefined;
    const element = shown && bare(shown);
    if (element && (isElement(element) || ts.isJsxFragment(element))) found.push(element);
  });
  return found;
}

const isElement = (node: ts.Node): node is ts.JsxElement | ts.JsxSelfClosingElement => ts.isJsxElement(node) || ts.isJsxSelfClosingElement(node);

const tagOf = (node: ts.JsxElement | ts.JsxSelfClosingElement): string => (ts.isJsxElement(node) ? node.openingElement : node).tagName.getText();

function firstElement(root: ts.Node, accept: (node: ts.Node) => boolean): ts.Node | undefined {
  let found: ts.Node | undefined;
  walk(root, (node) => {
    if (!found && accept(node)) found = node;
  });
  return found;
}

/** A place beside a child of an element that begins and ends its own lines. */
function beside(node: ts.Node, place: "before" | "after", what: Place["beside"], like?: ts.JsxElement): Place | undefined {
  if (!(ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent)) || !standsAlone(node)) return undefined;
  const file = node.getSourceFile();
  const start = place === "before" ? commentBefore(node).getStart(file) : node.getStart(file);
  const anchor: StatementAnchor = { file: file.fileName, offset: place === "before" ? start : node.end, start, place, block: [node.parent.getStart(file), node.parent.end] };
  return { anchor, beside: what, ...(like && { like }) };
}

/** The comment that stands over a child of an element, else the child itself. */
function commentBefore(node: ts.Node): ts.Node {
  const siblings = ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent) ? node.parent.children.filter((one) => !(ts.isJsxText(one) && one.containsOnlyTriviaWhiteSpaces)) : [];
  const previous = siblings[siblings.findIndex((one) => one === node) - 1];
  return previous && ts.isJsxExpression(previous) && previous.expression === undefined && standsAlone(previous) ? previous : node;
}

/** Whether an element begins and ends its own lines. */
function standsAlone(node: ts.Node): boolean {
  const text = node.getSourceFile().text;
  const before = text.slice(text.lastIndexOf("\n", node.getStart() - 1) + 1, node.getStart());
  return before.trim() === "" && /^[ \t]*\r?\n/.test(text.slice(node.end));
}

/** After the last child of the root, or of its `main`; a wrapper with one child (a layout, a provider) is looked into. */
function lastChild(root: Root): Place | undefined {
  let at: Root = mainIn(root) ?? root;
  for (;;) {
    const inner = at.children.filter((one) => !(ts.isJsxText(one) && one.containsOnlyTriviaWhiteSpaces));
    const only = inner.length === 1 ? inner[0] : undefined;
    if (only && ts.isJsxElement(only)) at = only;
    else {
      const last = inner.at(-1);
      return last && !ts.isJsxText(last) ? beside(last, "after", "nothing") : undefined;
    }
  }
}

/** The page's `main` among what is always shown: beside it stand headers, scripts and dialogs, and around it the layout. */
function mainIn(at: Root): ts.JsxElement | undefined {
  const elements = at.children.filter(ts.isJsxElement);
  return elements.find((one) => tagOf(one) === "main") ?? elements.map(mainIn).find((one) => one !== undefined);
}
