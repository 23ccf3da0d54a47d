/*
 * ZooKeeper's wire protocol: bytes to records and back, for client and server alike. Pure: it knows no socket, no
 * clock and no platform.
 */
export { CreateMode, isEphemeral, isSequential } from "./create-mode.js";
export { ErrorCode, type ErrorName, errorName } from "./error-code.js";
export { FrameDecoder, type OnFrame } from "./frame-decoder.js";
export { int64 } from "./int64.js";
export { JuteReader } from "./jute-reader.js";
export { JuteWriter } from "./jute-writer.js";
export { OpCode, Xid } from "./op-code.js";
export type { Empty, Operation } from "./operation.js";
export { type AuthPacket, auth } from "./operations/auth.js";
export { check } from "./operations/check.js";
export { closeSession } from "./operations/close-session.js";
export { type CreateRequest, type CreateResponse, create } from "./operations/create.js";
export { type Create2Response, create2 } from "./operations/create2.js";
export { deleteNode, type VersionedPath } from "./operations/delete.js";
export { exists, type StatResponse, type WatchedPath } from "./operations/exists.js";
export { type GetChildrenResponse, getChildren } from "./operations/get-children.js";
export { type GetChildren2Response, getChildren2 } from "./operations/get-children2.js";
export { type GetDataResponse, getData } from "./operations/get-data.js";
export { type MultiOperation, type MultiResult, multi } from "./operations/multi.js";
export { ping } from "./operations/ping.js";
export { type SetDataRequest, setData } from "./operations/set-data.js";
export { type SetWatchesRequest, setWatches } from "./operations/set-watches.js";
export { type SyncPath, sync } from "./operations/sync.js";
export { ProtocolError, type ProtocolErrorReason } from "./protocol-error.js";
export { type Acl, type Id, OPEN_ACL_UNSAFE, Permission, readAcls, readId, writeAcls, writeId } from "./records/acl.js";
export {
  type ConnectRequest,
  type ConnectResponse,
  PASSWORD_BYTES,
  readConnectRequest,
  readConnectResponse,
  writeConnectRequest,
  writeConnectResponse,
} from "./records/handshake.js";
export {
  type ReplyHeader,
  type RequestHeader,
  readReplyHeader,
  readRequestHeader,
  writeReplyHeader,
  writeRequestHeader,
} from "./records/headers.js";
export { readStat, STAT_BYTES, type Stat, writeStat } from "./records/stat.js";
export {
  EventType,
  KeeperState,
  readWatcherEvent,
  type WatcherEvent,
  writeWatcherEvent,
} from "./records/watcher-event.js";
export { invalidPathReason, nodeName, parentPath } from "./znode-path.js";
