import type { World } from "./world.ts";

/** One thing that is to be shown of a wired app that runs. */
export interface Point {
  /** What holds, as a sentence. */
  readonly title: string;
  /** Throws when it does not hold. */
  readonly prove: (world: World) => Promise<void>;
  /** Only in the long run: it waits for time-outs, or repeats what another point shows once. */
  readonly long?: true;
}
