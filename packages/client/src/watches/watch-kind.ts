/**
 * The lists that servers and clients keep one-shot watches in (Java's ZKWatchManager): by `getData`, and by `exists` of
 * a znode that is there; by `exists` of one that is not; by `getChildren`.
 */
export type WatchKind = "data" | "existence" | "children";

/** The two modes of `addWatch`. */
export type PersistentKind = "persistent" | "recursive";
