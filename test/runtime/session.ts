/** One visitor with a cookie jar of their own. Redirects are answered, not followed. */
export interface Session {
  readonly origin: string;
  request(path: string, init?: RequestInit): Promise<Response>;
  /** POSTs JSON and asks for JSON. */
  post(path: string, body: unknown): Promise<Response>;
  /** Reads the page, fills the form that has all these fields, and sends it as a browser without JavaScript would. */
  submit(page: string, fields: Readonly<Record<string, string>>): Promise<Response>;
  /** Sends these headers with every request from now on. */
  always(headers: Readonly<Record<string, string>>): void;
}

/** A form of a page: where it goes, how, and the values it has already. */
export interface Form {
  readonly action: string;
  readonly multipart: boolean;
  readonly values: ReadonlyMap<string, string>;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Text of an HTML attribute or element with its entities resolved. */
export const unescapeHtml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name?.toLowerCase() ?? ""] ?? whole;
  });

const attributesOf = (tag: string): ReadonlyMap<string, string> =>
  new Map([...tag.matchAll(/([\w:$-]+)(?:=(?:"([^"]*)"|'([^']*)'))?/g)].map(([, name = "", double, single]) => [name.toLowerCase(), unescapeHtml(double ?? single ?? "")]));

/** The forms of a page, in order. */
export const formsOf = (html: string): readonly Form[] =>
  [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, tag = "", inner = ""]) => {
    const attributes = attributesOf(tag);
    const fields = [...inner.matchAll(/<(?:input|textarea|select)\b([^>]*?)\/?>/g)].map(([, field = ""]) => attributesOf(field));
    return {
      action: attributes.get("action") ?? "",
      multipart: attributes.get("enctype")?.toLowerCase() === "multipart/form-data",
      values: new Map(fields.filter((field) => field.has("name")).map((field) => [field.get("name") ?? "", field.get("value") ?? ""])),
    };
  });

/** A page's text as a reader sees it: no scripts, no tags, entities resolved. */
export const visibleText = (html: string): string =>
  unescapeHtml(html.replace(/<(script|style|head)\b[\s\S]*?<\/\1>/g, " ").replace(/<!--[\s\S]*?-->/g, "").replace(/<[^>]+>/g, " ")).replace(/\s+/g, " ").trim();

function keep(jar: Map<string, string>, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [pair = "", ...rest] = line.split(";");
    const at = pair.indexOf("=");
    const expires = rest.map((part) => /^\s*expires=(.*)$/i.exec(part)?.[1]).find((date) => date !== undefined);
    const gone = rest.some((part) => /^\s*max-age=0$/i.test(part)) || (expires !== undefined && Date.parse(expires) < Date.now());
    if (gone) jar.delete(pair.slice(0, at));
    else jar.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

/** Opens a session at an app, signed out. `heard` is given every body, and every address that a redirect leads to. */
export function openSession(origin: string, heard?: (text: string) => void): Session {
  const jar = new Map<string, string>();
  const extra: Record<string, string> = {};
  const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers({ ...extra, ...Object.fromEntries(new Headers(init.headers)) });
    if (jar.size > 0) headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    // On a connection of its own: the app may close a kept one just when it is used again.
    headers.set("connection", "close");
    const response = await fetch(new URL(path, origin), { ...init, headers, redirect: "manual" });
    keep(jar, response);
    if (heard === undefined) return response;
    heard(response.headers.get("location") ?? "");
    // A stream that breaks off was heard by the one who reads it.
    const [mine, theirs] = response.body === null ? [null, null] : response.body.tee();
    if (mine !== null) new Response(mine).text().then(heard, () => {});
    return new Response(theirs, response);
  };
  return {
    origin,
    request,
    always: (headers) => void Object.assign(extra, headers),
    post: (path, body) => request(path, { method: "POST", headers: { accept: "application/json", "content-type": "application/json" }, body: JSON.stringify(body) }),
    submit: async (page, fields) => {
      const html = await (await request(page, { headers: { accept: "text/html" } })).text();
      const form = formsOf(html).find(({ values }) => Object.keys(fields).every((name) => values.has(name)));
      if (form === undefined) throw new Error(`${page} has no form with ${Object.keys(fields).join(", ")}:\n${visibleText(html).slice(0, 500)}`);
      const entries = Object.entries({ ...Object.fromEntries(form.values), ...fields });
      const body = form.multipart ? new FormData() : new URLSearchParams();
      for (const [name, value] of entries) body.append(name, value);
      // A page's own address may carry a query that the form's empty action keeps.
      return request(form.action || page, { method: "POST", headers: { accept: "text/html", origin: new URL(origin).origin }, body });
    },
  };
}
