// <when server-only>
import "server-only";

// </when>
// Requests to the Credyt API. Server side only: they carry the secret key.

const TIMEOUT = 10_000;
const RETRIES = 3;
// Worth another try; 0 stands for no answer at all.
const TRANSIENT = [0, 408, 429, 500, 502, 503, 504];

/**
 * @typedef {object} CredytOptions
 * @property {unknown} [body]
 * @property {Record<string, string>} [query]
 * @property {boolean} [retry]
 *   Try again after a transient failure: only where a repeat does no harm.
 * @property {number} [deadline]
 *   When to give up, retries included (ms since 1970). Default: in 10 s.
 */

/**
 * @typedef {object} Problem
 * @property {string} [code]
 * @property {string} [title]
 * @property {string} [detail]
 * @property {Record<string, unknown>} [errors]
 */

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} [code]
 * @property {unknown} [body]
 * @property {number} [retryAfter]
 */

/**
 * @typedef {object} FetchError
 * @property {string} name
 * @property {{ code?: string }} [cause]
 */

/** Credyt refused a request, or did not answer it (status 0). */
export class CredytError extends Error {
  /**
   * @param {string} request
   * @param {Answer} answer
   */
  constructor(request, { status, code, body }) {
    /** @type {Problem} */
    const problem = body instanceof Object ? body : {};
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

/**
 * Sends a request and returns the JSON of the answer, if there is any.
 *
 * @param {"GET" | "POST"} method
 * @param {string} path
 * @param {CredytOptions} [options]
 * @returns {Promise<any>}
 */
export async function credyt(method, path, options = {}) {
  const { retry = method === "GET", deadline = Date.now() + TIMEOUT } = options;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await send(method, path, options, deadline);
    if (answer.status >= 200 && answer.status < 300) return answer.body;

    const backOff = 200 * 2 ** attempt * (1 + Math.random());
    const wait = Math.max(backOff, answer.retryAfter ?? 0);
    const final = attempt === RETRIES || !TRANSIENT.includes(answer.status);
    if (!retry || final || Date.now() + wait >= deadline) {
      throw new CredytError(`${method} ${path}`, answer);
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {CredytOptions} options
 * @param {number} deadline
 * @returns {Promise<Answer>}
 */
async function send(method, path, { body, query }, deadline) {
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
    const { name, cause } = /** @type {FetchError} */ (error);
    return { status: 0, code: cause?.code ?? name };
  }
}

/**
 * Read at first use, so that the app builds and starts without a key.
 *
 * @returns {{ key: string; base: string }}
 */
function settings() {
  // <slot config>
  const { CREDYT_API_KEY: key, CREDYT_API_URL: url } = process.env;
  // </slot>
  if (!key) {
    throw new Error("CREDYT_API_KEY is not set: add it to the environment.");
  }
  const base = url || "https://api.credyt.ai";
  return { key, base: base.replace(/\/+$/, "") };
}

/**
 * @param {string} text
 * @returns {unknown}
 */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Retry-After holds seconds or a date.
 *
 * @param {string | null} retryAfter
 * @returns {number}
 */
function milliseconds(retryAfter) {
  const seconds = Number(retryAfter);
  if (!Number.isNaN(seconds)) return seconds * 1000;
  return Date.parse(String(retryAfter)) - Date.now() || 0;
}

/**
 * Writes one line: the message, then the details as JSON.
 *
 * @param {string} message
 * @param {unknown} [details]
 */
export function logCredyt(message, details) {
  const json = details === undefined ? "" : ` ${JSON.stringify(details)}`;
  const line = message + json;
  // <slot log>
  console.error(line);
  // </slot>
}
