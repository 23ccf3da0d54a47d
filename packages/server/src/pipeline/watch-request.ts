import {
  AddWatchMode,
  addWatch,
  checkWatches,
  ErrorCode,
  EventType,
  OpCode,
  ProtocolError,
  removeWatches,
  type SetWatches2Request,
  type SetWatchesRequest,
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

/** Which tables, and which modes in them, a client means by a type of watches. */
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

/** A client restores what it believes to have. If it learnt of a refusal, it would lose watches without a word. */
function demandRoom(tree: DataTree, channel: Channel, path: string): void {
  if (!tree.hasRoomForWatch(channel, path))
    throw new ProtocolError("oversized", "it restores more watches than it may have");
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

/** What changed since `relativeZxid` fires now; the other watches are left again. */
function restore(tree: DataTree, channel: Channel, request: SetWatchesRequest): void {
  const { relativeZxid } = request;
  const leave = (table: WatchTable, path: string): void => {
    demandRoom(tree, channel, path);
    table.add(path, channel);
  };
  for (const path of request.dataWatches) {
    const node = tree.get(path);
    if (node === undefined) channel.notify(EventType.NODE_DELETED, path, NO_ZXID);
    else if (node.mzxid > relativeZxid) channel.notify(EventType.NODE_DATA_CHANGED, path, NO_ZXID);
    else leave(tree.dataWatches, path);
  }
  for (const path of request.existWatches) {
    if (tree.get(path) !== undefined) channel.notify(EventType.NODE_CREATED, path, NO_ZXID);
    else leave(tree.dataWatches, path);
  }
  for (const path of request.childWatches) {
    const node = tree.get(path);
    if (node === undefined) channel.notify(EventType.NODE_DELETED, path, NO_ZXID);
    else if (node.pzxid > relativeZxid) channel.notify(EventType.NODE_CHILDREN_CHANGED, path, NO_ZXID);
    else leave(tree.childWatches, path);
  }
}

const restoreStandard = {
  operation: setWatches,
  answer(tree: DataTree, channel: Channel, xid: number, request: SetWatchesRequest): void {
    restore(tree, channel, request);
    writeEmptyReply(channel.output(), xid, tree.lastZxid, ErrorCode.OK);
  },
};

const restoreAll = {
  operation: setWatches2,
  answer(tree: DataTree, channel: Channel, xid: number, request: SetWatches2Request): void {
    for (const path of request.persistentWatches) {
      demandRoom(tree, channel, path);
      addPersistent(tree, channel, path);
    }
    for (const path of request.persistentRecursiveWatches) {
      demandRoom(tree, channel, path);
      tree.dataWatches.add(path, channel, WatchMode.RECURSIVE);
    }
    restoreStandard.answer(tree, channel, xid, request);
  },
};

/** The requests about watches, by type: entries of the table in read.ts. */
export const watchRequests = [
  [OpCode.checkWatches, check],
  [OpCode.removeWatches, remove],
  [OpCode.addWatch, add],
  [OpCode.setWatches, restoreStandard],
  [OpCode.setWatches2, restoreAll],
] as const;
