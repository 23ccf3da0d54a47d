import {
  ErrorCode,
  EventType,
  exists,
  getChildren,
  getChildren2,
  getData,
  invalidPathReason,
  type JuteReader,
  type JuteWriter,
  OpCode,
  Permission,
  ping,
  type SetWatchesRequest,
  setWatches,
  type WatchedPath,
  writeReplyHeader,
} from "@conclave/protocol";
import { isAllowed } from "../tree/acl-check.js";
import type { DataTree } from "../tree/data-tree.js";
import type { Znode } from "../tree/znode.js";
import type { Channel } from "./channel.js";
import { writeEmptyReply } from "./reply.js";

/** A request that changes nothing but watches, decoded. */
export type ReadRequest =
  | {
      readonly type:
        | typeof OpCode.exists
        | typeof OpCode.getData
        | typeof OpCode.getChildren
        | typeof OpCode.getChildren2;
      readonly body: WatchedPath;
    }
  | { readonly type: typeof OpCode.setWatches; readonly body: SetWatchesRequest }
  | { readonly type: typeof OpCode.ping };

/** Decodes the body of a read; `undefined` if the type is not one. */
export function readRequestBody(type: number, input: JuteReader): ReadRequest | undefined {
  switch (type) {
    case OpCode.exists:
      return { type, body: exists.readRequest(input) };
    case OpCode.getData:
      return { type, body: getData.readRequest(input) };
    case OpCode.getChildren:
      return { type, body: getChildren.readRequest(input) };
    case OpCode.getChildren2:
      return { type, body: getChildren2.readRequest(input) };
    case OpCode.setWatches:
      return { type, body: setWatches.readRequest(input) };
    case OpCode.ping:
      ping.readRequest(input);
      return { type };
    default:
      return undefined;
  }
}

/** Answers a read from the tree as it is now, and leaves the watch that it asks for. */
export function answerRead(tree: DataTree, channel: Channel, xid: number, request: ReadRequest): void {
  switch (request.type) {
    case OpCode.ping:
      writeEmptyReply(channel.output(), xid, tree.lastZxid, ErrorCode.OK);
      break;
    case OpCode.setWatches:
      restoreWatches(tree, channel, request.body);
      writeEmptyReply(channel.output(), xid, tree.lastZxid, ErrorCode.OK);
      break;
    default:
      answerNodeRead(tree, channel, xid, request.type, request.body);
  }
}

type NodeRead = Extract<ReadRequest, { body: WatchedPath }>["type"];

function answerNodeRead(tree: DataTree, channel: Channel, xid: number, type: NodeRead, request: WatchedPath): void {
  const { path, watch } = request;
  const node = tree.get(path);
  const err = readError(path, node, channel);
  if (watch && (err === ErrorCode.OK || (type === OpCode.exists && err === ErrorCode.NO_NODE))) {
    const isChildRead = type === OpCode.getChildren || type === OpCode.getChildren2;
    (isChildRead ? tree.childWatches : tree.dataWatches).add(path, channel);
  }
  const out = channel.output();
  out.beginFrame();
  writeReplyHeader(out, xid, tree.lastZxid, err);
  if (err === ErrorCode.OK) writeNode(out, type, node!);
  out.endFrame();
}

function readError(path: string, node: Znode | undefined, channel: Channel): ErrorCode {
  if (node === undefined) return invalidPathReason(path) === undefined ? ErrorCode.NO_NODE : ErrorCode.BAD_ARGUMENTS;
  return isAllowed(node.acl, Permission.READ, channel.ids) ? ErrorCode.OK : ErrorCode.NO_AUTH;
}

function writeNode(out: JuteWriter, type: NodeRead, node: Znode): void {
  switch (type) {
    case OpCode.exists:
      exists.writeResponse(out, { stat: node.stat() });
      break;
    case OpCode.getData:
      getData.writeResponse(out, { data: node.data, stat: node.stat() });
      break;
    case OpCode.getChildren:
      getChildren.writeResponse(out, { children: [...node.children] });
      break;
    case OpCode.getChildren2:
      getChildren2.writeResponse(out, { children: [...node.children], stat: node.stat() });
      break;
  }
}

/** Events that setWatches finds overdue carry no zxid (DataTree.setWatches). */
const NO_ZXID = -1n;

/** What changed since `relativeZxid` fires now; the other watches are left again. */
function restoreWatches(tree: DataTree, channel: Channel, request: SetWatchesRequest): void {
  const { relativeZxid } = request;
  for (const path of request.dataWatches) {
    const node = tree.get(path);
    if (node === undefined) channel.notify(EventType.NODE_DELETED, path, NO_ZXID);
    else if (node.mzxid > relativeZxid) channel.notify(EventType.NODE_DATA_CHANGED, path, NO_ZXID);
    else tree.dataWatches.add(path, channel);
  }
  for (const path of request.existWatches) {
    if (tree.get(path) !== undefined) channel.notify(EventType.NODE_CREATED, path, NO_ZXID);
    else tree.dataWatches.add(path, channel);
  }
  for (const path of request.childWatches) {
    const node = tree.get(path);
    if (node === undefined) channel.notify(EventType.NODE_DELETED, path, NO_ZXID);
    else if (node.pzxid > relativeZxid) channel.notify(EventType.NODE_CHILDREN_CHANGED, path, NO_ZXID);
    else tree.childWatches.add(path, channel);
  }
}
