/** An answer of Credyt's API: its status and its JSON, undefined where there is none. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** Seconds after which it may be asked again, where it says so. */
  readonly retryAfter?: number;
}

/** Asks Credyt's API. Rejects only when there is no answer at all; the message never holds the key. */
export type Api = (method: "GET" | "POST", path: string, body?: object) => Promise<ApiAnswer>;

/** Access to an API, each request at most 10 s. */
export function openApi({ url, key }: { readonly url: string; readonly key: string }): Api {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method, signal: AbortSignal.timeout(10_000),
      headers: { "X-Credyt-Api-Key": key, Accept: "application/json", ...(body && { "Content-Type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
    return { status: response.status, body: parse(text), ...(Number.isFinite(retryAfter) && { retryAfter }) };
  };
}

function parse(text: string): ApiAnswer["body"] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** What an answer that is no success says, in one line. */
export function complaint({ status, body }: ApiAnswer): string {
  const errors = body?.["errors"];
  const details = typeof errors === "object" && errors !== null ? Object.entries(errors).map(([path, messages]) => `${path} ${[messages].flat().join(", ")}`).join("; ") : undefined;
  const words = details ?? body?.["detail"] ?? body?.["title"];
  return `${status}${words === undefined ? "" : ` ${String(words)}`}`;
}

/** Why there was no answer. */
export function unreachable(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return "no answer within 10 s";
  const cause = error instanceof Error ? (error.cause as { readonly code?: string } | undefined) : undefined;
  return cause?.code ?? (error instanceof Error ? error.message : String(error));
}
