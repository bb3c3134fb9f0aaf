import type { RepoPath } from "../domain.ts";

/** Whether a file's text contains a word; exact. */
export type Search = (file: RepoPath, word: string) => boolean;

/**
 * A search over texts that are asked for many words, most of which most texts lack: one bit per run of three characters says so without
 * looking at the text again (a Bloom filter with one hash, about a quarter of the text in size).
 */
export function createSearch(textOf: (file: RepoPath) => string | undefined): Search {
  const filters = new Map<RepoPath, Filter>();
  const runs = new Map<string, readonly number[]>();
  return (file, word) => {
    const text = textOf(file);
    if (text === undefined) return false;
    let filter = filters.get(file);
    if (!filter) filters.set(file, (filter = filterOf(text)));
    let wanted = runs.get(word);
    if (!wanted) runs.set(word, (wanted = runsOf(word)));
    for (const run of wanted) {
      const slot = Math.imul(run, SPREAD) >>> filter.shift;
      if (((filter.bits[slot >>> 5] ?? 0) & (1 << (slot & 31))) === 0) return false;
    }
    return text.includes(word);
  };
}

/** The upper 32 - `shift` bits of a hash name a bit of `bits`. */
interface Filter {
  readonly bits: Uint32Array;
  readonly shift: number;
}

/** Three characters of seven bits each as one number. Other characters fall together with ASCII ones, which only costs a look at the text. */
const RUN = 0x1fffff;
/** Spreads neighbouring numbers over all slots (Knuth's multiplicative hashing). */
const SPREAD = 0x9e3779b1;

function filterOf(text: string): Filter {
  const shift = 32 - Math.min(20, Math.max(10, Math.ceil(Math.log2(text.length * 2 + 1))));
  const bits = new Uint32Array(2 ** (27 - shift));
  let run = 0;
  for (let at = 0; at < text.length; at++) {
    run = ((run << 7) | (text.charCodeAt(at) & 127)) & RUN;
    const slot = Math.imul(run, SPREAD) >>> shift;
    bits[slot >>> 5] = (bits[slot >>> 5] ?? 0) | (1 << (slot & 31));
  }
  return { bits, shift };
}

function runsOf(word: string): readonly number[] {
  const code = (at: number): number => word.charCodeAt(at) & 127;
  return Array.from({ length: Math.max(0, word.length - 2) }, (_, at) => ((code(at) << 14) | (code(at + 1) << 7) | code(at + 2)) & RUN);
}
