import {
  AddWatchMode,
  addWatch,
  checkWatches,
  ErrorCode,
  EventType,
  OpCode,
  ProtocolError,
  type ReceivedSetWatches,
  type ReceivedSetWatches2,
  type RequestedPaths,
  removeWatches,
  setWatches,
  setWatches2,
  WatcherType,
  type WatchesOfPath,
  writeReplyHeader,
} from "@conclave/protocol";
import type { DataTree } from "../tree/data-tree.js";
import { ANY_MODE, WatchMode, type WatchTable } from "../tree/watch-table.js";
import type { Channel } from "./channel.js";
import { writeEmptyReply } from "./reply.js";

/** Events that setWatches finds overdue carry no zxid (DataTree.setWatches). */
const NO_ZXID = -1n;

/** Returns the tables, and the modes in them, for a type of watches. */
function meantBy(tree: DataTree, type: number): readonly [table: WatchTable, modes: number][] | undefined {
  const { dataWatches, childWatches } = tree;
  switch (type) {
    case WatcherType.CHILDREN:
      return [[childWatches, WatchMode.STANDARD]];
    case WatcherType.DATA:
      return [[dataWatches, WatchMode.STANDARD]];
    case WatcherType.PERSISTENT:
      return [
        [dataWatches, WatchMode.PERSISTENT],
        [childWatches, WatchMode.PERSISTENT],
      ];
    case WatcherType.PERSISTENT_RECURSIVE:
      return [[dataWatches, WatchMode.RECURSIVE]];
    case WatcherType.ANY:
      return [
        [dataWatches, ANY_MODE],
        [childWatches, ANY_MODE],
      ];
    default:
      return undefined;
  }
}

/** Answers whether `test` held for one of the tables that are meant. All are tested: `test` may take watches away. */
function answerForTables(
  tree: DataTree,
  channel: Channel,
  xid: number,
  type: number,
  test: (table: WatchTable, modes: number) => boolean,
): void {
  const meant = meantBy(tree, type);
  const held = meant?.map(([table, modes]) => test(table, modes)).includes(true);
  const err = meant === undefined ? ErrorCode.MARSHALLING_ERROR : held ? ErrorCode.OK : ErrorCode.NO_WATCHER;
  writeEmptyReply(channel.output(), xid, tree.lastZxid, err);
}

const check = {
  operation: checkWatches,
  answer: (tree: DataTree, channel: Channel, xid: number, { path, type }: WatchesOfPath): void =>
    answerForTables(tree, channel, xid, type, (table, modes) => table.has(path, channel, modes)),
};

const remove = {
  operation: removeWatches,
  answer: (tree: DataTree, channel: Channel, xid: number, { path, type }: WatchesOfPath): void =>
    answerForTables(tree, channel, xid, type, (table, modes) => table.remove(path, channel, modes)),
};

function addPersistent(tree: DataTree, channel: Channel, path: string): void {
  tree.dataWatches.add(path, channel, WatchMode.PERSISTENT);
  tree.childWatches.add(path, channel, WatchMode.PERSISTENT);
}

/**
 * Closes the connection of a client that restores more watches than allowed: after a refusal it would lack watches
 * without knowing it.
 */
function demandRoom(tree: DataTree, channel: Channel, path: string): void {
  if (!tree.hasRoomForWatch(channel, path))
    throw new ProtocolError("oversized", "it restores more watches than the limit of a connection");
}

const add = {
  operation: addWatch,
  answer(tree: DataTree, channel: Channel, xid: number, { path, mode }: { path: string; mode: number }): void {
    if (!tree.hasRoomForWatch(channel, path)) {
      return writeEmptyReply(channel.output(), xid, tree.lastZxid, ErrorCode.THROTTLED_OP);
    }
    if (mode === AddWatchMode.PERSISTENT) addPersistent(tree, channel, path);
    else if (mode === AddWatchMode.PERSISTENT_RECURSIVE) tree.dataWatches.add(path, channel, WatchMode.RECURSIVE);
    else return writeEmptyReply(channel.output(), xid, tree.lastZxid, ErrorCode.MARSHALLING_ERROR);
    const out = channel.output();
    out.beginFrame();
    writeReplyHeader(out, xid, tree.lastZxid, ErrorCode.OK);
    addWatch.writeResponse(out, { err: ErrorCode.OK });
    out.endFrame();
  },
};

/** The paths of a list in order, up to the null that Apache fails at: the list, or one of its paths. */
function* pathsOf(paths: RequestedPaths): Generator<string, void> {
  if (paths === null) throw new NullPath();
  for (const path of paths) {
    if (path === null) throw new NullPath();
    yield path;
  }
}

class NullPath extends Error {}

/** Fires the watches of znodes that changed since `relativeZxid`; adds the others again. */
function restore(tree: DataTree, channel: Channel, request: ReceivedSetWatches): void {
  const { relativeZxid } = request;
  const leave = (table: WatchTable, path: string): void => {
    demandRoom(tree, channel, path);
    table.add(path, channel);
  };
  for (const path of pathsOf(request.dataWatches)) {
    const node = tree.get(path);
    if (node === undefined) channel.notify(EventType.NODE_DELETED, path, NO_ZXID);
    else if (node.mzxid > relativeZxid) channel.notify(EventType.NODE_DATA_CHANGED, path, NO_ZXID);
    else leave(tree.dataWatches, path);
  }
  for (const path of pathsOf(request.existWatches)) {
    if (tree.get(path) !== undefined) channel.notify(EventType.NODE_CREATED, path, NO_ZXID);
    else leave(tree.dataWatches, path);
  }
  for (const path of pathsOf(request.childWatches)) {
    const node = tree.get(path);
    if (node === undefined) channel.notify(EventType.NODE_DELETED, path, NO_ZXID);
    else if (node.pzxid > relativeZxid) channel.notify(EventType.NODE_CHILDREN_CHANGED, path, NO_ZXID);
    else leave(tree.childWatches, path);
  }
}

/** A null among persistent watches means nothing; a list that is null fails. */
function restoreLasting(tree: DataTree, channel: Channel, request: ReceivedSetWatches2): void {
  for (const [paths, add] of [
    [request.persistentWatches, (path: string) => addPersistent(tree, channel, path)],
    [request.persistentRecursiveWatches, (path: string) => tree.dataWatches.add(path, channel, WatchMode.RECURSIVE)],
  ] as const) {
    if (paths === null) throw new NullPath();
    for (const path of paths) {
      if (path === null) continue;
      demandRoom(tree, channel, path);
      add(path);
    }
  }
}

/** Answers that watches are restored, or that a null was found. The part before the null remains restored. */
function answerRestored(tree: DataTree, channel: Channel, xid: number, restoreAll: () => void): void {
  let err: ErrorCode = ErrorCode.OK;
  try {
    restoreAll();
  } catch (error) {
    if (!(error instanceof NullPath)) throw error;
    err = ErrorCode.MARSHALLING_ERROR;
  }
  writeEmptyReply(channel.output(), xid, tree.lastZxid, err);
}

const restoreStandard = {
  operation: setWatches,
  answer: (tree: DataTree, channel: Channel, xid: number, request: ReceivedSetWatches): void =>
    answerRestored(tree, channel, xid, () => restore(tree, channel, request)),
};

const restoreAll = {
  operation: setWatches2,
  answer: (tree: DataTree, channel: Channel, xid: number, request: ReceivedSetWatches2): void =>
    answerRestored(tree, channel, xid, () => {
      restore(tree, channel, request);
      restoreLasting(tree, channel, request);
    }),
};

/** The requests about watches, by type: entries of the table in read.ts. */
export const watchRequests = [
  [OpCode.checkWatches, check],
  [OpCode.removeWatches, remove],
  [OpCode.addWatch, add],
  [OpCode.setWatches, restoreStandard],
  [OpCode.setWatches2, restoreAll],
] as const;
