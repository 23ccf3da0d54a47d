import type { PersistentKind, WatchKind } from "./watch-kind.js";

/** The paths on the server that are watched, by kind. */
export interface WatchingPaths {
  paths(kind: WatchKind | PersistentKind): Iterable<string>;
}

/** One path, watched in one or more kinds. */
export function watchingPath(path: string, kinds: readonly (WatchKind | PersistentKind)[]): WatchingPaths {
  return { paths: (kind) => (kinds.includes(kind) ? [path] : []) };
}
