/** A piece of HTML that needs no more escaping. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | undefined | false | readonly Html[];

/** Writes HTML: what is put in is escaped, unless it is HTML already; `undefined` and `false` leave nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: strings.reduce((text, string, at) => text + write(parts[at - 1]) + string) };
}

/** Text that is HTML as it stands. */
export function raw(text: string): Html {
  return { html: text };
}

function write(part: Part): string {
  if (part === undefined || part === false) return "";
  if (typeof part === "object") return "html" in part ? part.html : part.map((one) => one.html).join("");
  return String(part).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
