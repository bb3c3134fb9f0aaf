/**
 * Whether a path pattern of Next.js or Clerk (`/dashboard/:path*`, `/((?!api|_next).*)`, `/(api|trpc)(.*)`) covers an address.
 * Patterns are those of path-to-regexp: parentheses hold a regular expression, `:name` one segment, `*`, `+` and `?` repeat it.
 */
export function matchesPath(pattern: string, url: string): boolean {
  try {
    return new RegExp(`^${source(pattern)}/?$`).test(url);
  } catch {
    return true;
  }
}

function source(pattern: string): string {
  let out = "";
  for (let at = 0; at < pattern.length; ) {
    const rest = pattern.slice(at);
    const named = /^(\/?):\w+/.exec(rest);
    const group = rest.startsWith("(") ? groupAt(rest) : undefined;
    if (rest.startsWith("\\")) {
      out += rest.slice(0, 2);
      at += 2;
    } else if (named) {
      const inner = groupAt(rest.slice(named[0].length));
      const modifier = /^[*+?]/.exec(rest.slice(named[0].length + (inner?.length ?? 0)))?.[0] ?? "";
      out += segment(named[1] ?? "", inner ?? "[^/]+?", modifier);
      at += named[0].length + (inner?.length ?? 0) + modifier.length;
    } else if (group !== undefined) {
      const modifier = /^[*+?]/.exec(rest.slice(group.length))?.[0] ?? "";
      out += `(?:${group.slice(1, -1)})${modifier}`;
      at += group.length + modifier.length;
    } else {
      out += (rest[0] ?? "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      at += 1;
    }
  }
  return out;
}

function segment(slash: string, inner: string, modifier: string): string {
  if (modifier === "*") return `(?:${slash}${inner}(?:/${inner})*)?`;
  if (modifier === "+") return `${slash}${inner}(?:/${inner})*`;
  return modifier === "?" ? `(?:${slash}${inner})?` : `${slash}${inner}`;
}

/** The group at the start of a text, its parentheses included: nested ones belong to it. */
function groupAt(text: string): string | undefined {
  if (!text.startsWith("(")) return undefined;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "(") depth++;
    else if (text[i] === ")" && --depth === 0) return text.slice(0, i + 1);
  }
  return undefined;
}
