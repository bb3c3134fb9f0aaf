// <when server-only>
import "server-only";

// </when>
// Requests to the Credyt API. Server side only: they carry the secret key.

const TIMEOUT = 10_000;
const RETRIES = 3;
// Worth another try; 0 stands for no answer at all.
const TRANSIENT = [0, 408, 429, 500, 502, 503, 504];

export interface CredytOptions {
  body?: unknown;
  query?: Record<string, string>;
  /** Try again after a transient failure: only where a repeat does no harm. */
  retry?: boolean;
  /** When to give up, retries included (ms since 1970). Default: in 10 s. */
  deadline?: number | undefined;
}

interface Problem {
  code?: string;
  title?: string;
  detail?: string;
  errors?: Record<string, unknown>;
}

interface Answer {
  status: number;
  code?: string;
  body?: unknown;
  retryAfter?: number;
}

interface FetchError {
  name: string;
  cause?: { code?: string };
}

/** Credyt refused a request, or did not answer it (status 0). */
export class CredytError extends Error {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: unknown;

  constructor(request: string, { status, code, body }: Answer) {
    const problem: Problem = body instanceof Object ? body : {};
    const outcome = status || `no answer (${code})`;
    const fields = problem.errors && JSON.stringify(problem.errors);
    const reasons = [outcome, problem.detail ?? problem.title, fields];
    super(`Credyt: ${request}: ${reasons.filter(Boolean).join(": ")}`);
    this.name = "CredytError";
    this.status = status;
    this.code = code ?? problem.code;
    this.body = body;
  }
}

/** Sends a request and returns the JSON of the answer, if there is any. */
export async function credyt<T>(
  method: "GET" | "POST",
  path: string,
  options: CredytOptions = {},
): Promise<T> {
  const { retry = method === "GET", deadline = Date.now() + TIMEOUT } = options;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await send(method, path, options, deadline);
    if (answer.status >= 200 && answer.status < 300) return answer.body as T;

    const backOff = 200 * 2 ** attempt * (1 + Math.random());
    const wait = Math.max(backOff, answer.retryAfter ?? 0);
    const final = attempt === RETRIES || !TRANSIENT.includes(answer.status);
    if (!retry || final || Date.now() + wait >= deadline) {
      throw new CredytError(`${method} ${path}`, answer);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function send(
  method: string,
  path: string,
  { body, query }: CredytOptions,
  deadline: number,
): Promise<Answer> {
  const { key, base } = settings();
  const search = query ? `?${new URLSearchParams(query).toString()}` : "";
  const timeLeft = Math.max(1, Math.min(TIMEOUT, deadline - Date.now()));
  try {
    const response = await fetch(base + path + search, {
      method,
      headers: { "Content-Type": "application/json", "X-Credyt-Api-Key": key },
      body: JSON.stringify(body),
      // <when next>
      // Next.js would keep the answer and give it to other requests.
      cache: "no-store",
      // </when>
      signal: AbortSignal.timeout(timeLeft),
    });
    return {
      status: response.status,
      body: parseJson(await response.text()),
      retryAfter: milliseconds(response.headers.get("Retry-After")),
    };
  } catch (error) {
    // Only the code is kept: the message of a failed fetch can hold the key.
    const { name, cause } = error as FetchError;
    return { status: 0, code: cause?.code ?? name };
  }
}

// Read at first use, so that the app builds and starts without a key.
function settings(): { key: string; base: string } {
  // <slot config>
  const { CREDYT_API_KEY: key, CREDYT_API_URL: url } = process.env;
  // </slot>
  if (!key) {
    throw new Error("CREDYT_API_KEY is not set: add it to the environment.");
  }
  const base = url || "https://api.credyt.ai";
  return { key, base: base.replace(/\/+$/, "") };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// Retry-After holds seconds or a date.
function milliseconds(retryAfter: string | null): number {
  const seconds = Number(retryAfter);
  if (!Number.isNaN(seconds)) return seconds * 1000;
  return Date.parse(String(retryAfter)) - Date.now() || 0;
}

/** Writes one line: the message, then the details as JSON. */
export function logCredyt(message: string, details?: unknown): void {
  const json = details === undefined ? "" : ` ${JSON.stringify(details)}`;
  const line = message + json;
  // <slot log>
  console.error(line);
  // </slot>
}
