/**
 * Lists of one-shot watches that servers and clients keep (Java's ZKWatchManager): `data` for `getData`, and for
 * `exists` of an existing znode; `existence` for `exists` of a missing znode; `children` for `getChildren`.
 */
export type WatchKind = "data" | "existence" | "children";

/** Modes of `addWatch`. */
export type PersistentKind = "persistent" | "recursive";
