import type { ProductSpec } from "./demo.ts";
import type { Switches } from "./switches.ts";

/** A webhook destination that a sandbox has from its start. */
export interface WebhookSpec {
  readonly url: string;
  readonly topics?: readonly string[];
  /** The signing secret; made up unless given. */
  readonly secret?: string;
}

/** How a sandbox is started; every member has a default. */
export interface SandboxOptions {
  /** The port; 0, the default, takes a free one. */
  readonly port?: number;
  /** The address to listen on; `127.0.0.1` unless given. */
  readonly host?: string;
  /** The one key that is taken; `key_sandbox` unless given. */
  readonly key?: string;
  /** Whether unknown fields, query parameters and headers of ours are refused with 422. */
  readonly strict?: boolean;
  /** The file that keeps everything over a restart; without it all is gone at the end. */
  readonly data?: string;
  /** Products to have beside the demo: whole ones, bare codes (priced like the demo), or `code:upfront` (paid like Demo Pro); `@ASSET` behind a code prices its usage in that asset. */
  readonly products?: readonly (string | ProductSpec)[];
  readonly webhooks?: readonly WebhookSpec[];
  readonly switches?: Partial<Switches>;
  /** Real time, for tests: milliseconds since 1970. */
  readonly clock?: () => number;
  /** Times the waits between webhook attempts are multiplied with; 0 retries at once. */
  readonly webhookBackoffScale?: number;
  /** Takes lines for the person who runs the sandbox; nothing is printed unless given. */
  readonly log?: (line: string) => void;
}

/** The key of a sandbox that was given none. */
export const defaultKey = "key_sandbox";

/** The port that the command listens on unless told otherwise. */
export const defaultPort = 4242;
