/** An element of a component's markup, by its offsets into the file. */
export interface Element {
  readonly name: string;
  readonly start: number;
  /** After the opening tag; equal to `end` for an element without content. */
  readonly openEnd: number;
  readonly end: number;
  /** The text of the opening tag's attributes. */
  readonly attributes: string;
  readonly parent: Element | undefined;
  readonly children: readonly Element[];
}

const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;

interface Open {
  name: string;
  start: number;
  openEnd: number;
  end: number;
  attributes: string;
  parent: Open | undefined;
  children: Open[];
}

/**
 * The elements of a Vue or Svelte component's markup. Scripts, styles and comments are passed over; braces and quotes in attributes are
 * followed, so that `on:click={() => go()}` ends where it ends. Total: what is not well formed gives fewer elements.
 */
export function parseMarkup(text: string): readonly Element[] {
  const roots: Open[] = [];
  let current: Open | undefined;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const skipped = skip(text, at);
    if (skipped !== undefined) {
      at = skipped;
      continue;
    }
    const closing = /^<\/([A-Za-z][\w.:-]*)\s*>/.exec(text.slice(at, at + 200));
    if (closing) {
      let open: Open | undefined = current;
      while (open && open.name !== closing[1]) open = open.parent;
      at += closing[0].length;
      if (open) {
        open.end = at;
        current = open.parent;
      }
      continue;
    }
    const opening = /^<([A-Za-z][\w.:-]*)/.exec(text.slice(at, at + 200));
    if (!opening) {
      at += 1;
      continue;
    }
    const name = opening[1] ?? "";
    const close = tagEnd(text, at + opening[0].length);
    const element: Open = { name, start: at, openEnd: close, end: close, attributes: text.slice(at + opening[0].length, close - 1), parent: current, children: [] };
    (current?.children ?? roots).push(element);
    if (!VOID.test(name) && text[close - 2] !== "/") current = element;
    at = close;
  }
  return roots;
}

/** Where a script, a style or a comment that begins here ends. */
function skip(text: string, at: number): number | undefined {
  if (text.startsWith("<!--", at)) return ended(text, at, "-->");
  const raw = /^<(script|style)\b/i.exec(text.slice(at, at + 10))?.[1];
  return raw === undefined ? undefined : ended(text, at, `</${raw}>`);
}

function ended(text: string, at: number, mark: string): number {
  const end = text.indexOf(mark, at);
  return end < 0 ? text.length : end + mark.length;
}

/** After the `>` that ends an opening tag. */
function tagEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? "";
    if (depth === 0 && char === ">") return at + 1;
    if (char === "{") depth++;
    else if (char === "}") depth--;
    else if (/["'`]/.test(char)) {
      const end = text.indexOf(char, at + 1);
      if (end < 0) return text.length;
      at = end;
    }
  }
  return text.length;
}

/** Every element, parents before their children. */
export const allElements = (roots: readonly Element[]): readonly Element[] => roots.flatMap((one) => [one, ...allElements(one.children)]);
