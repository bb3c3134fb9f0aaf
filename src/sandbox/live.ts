import type { Change } from "./credyt.ts";

/** Tells watchers what changed. */
export interface Live {
  tell(change: Change): void;
  /** Calls `watcher` for each change until the returned function is called. */
  watch(watcher: (change: Change) => void): () => void;
}

/** A live feed nobody watches yet. */
export function createLive(): Live {
  const watchers = new Set<(change: Change) => void>();
  return {
    tell: (change) => watchers.forEach((watcher) => watcher(change)),
    watch(watcher) {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
  };
}
