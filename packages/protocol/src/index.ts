/*
 * ZooKeeper's wire protocols: bytes to records and back, for client and server alike, and between the servers of an ensemble.
 * Pure: it knows no socket, no clock and no platform.
 */
export { AddWatchMode } from "./add-watch-mode.js";
export { CreateMode, hasTtl, isEphemeral, isSequential } from "./create-mode.js";
export { ErrorCode, type ErrorName, errorName } from "./error-code.js";
export { FrameDecoder, type OnFrame } from "./frame-decoder.js";
export { int64 } from "./int64.js";
export { JuteReader } from "./jute-reader.js";
export { JuteWriter } from "./jute-writer.js";
export { OpCode, Xid } from "./op-code.js";
export type { Empty, Operation } from "./operation.js";
export { type AddWatchRequest, addWatch, type ErrorResponse } from "./operations/add-watch.js";
export { type AuthPacket, auth } from "./operations/auth.js";
export { check } from "./operations/check.js";
export { checkWatches, type WatchesOfPath } from "./operations/check-watches.js";
export { closeSession } from "./operations/close-session.js";
export { type CreateRequest, type CreateResponse, create } from "./operations/create.js";
export { createContainer } from "./operations/create-container.js";
export { type CreateTTLRequest, createTTL } from "./operations/create-ttl.js";
export { type Create2Response, create2 } from "./operations/create2.js";
export { deleteNode, type VersionedPath } from "./operations/delete.js";
export { exists, type StatResponse, type WatchedPath } from "./operations/exists.js";
export { type GetACLResponse, getACL, type PathRequest } from "./operations/get-acl.js";
export { type GetAllChildrenNumberResponse, getAllChildrenNumber } from "./operations/get-all-children-number.js";
export {
  type EncodedStrings,
  type GetChildrenReply,
  type GetChildrenResponse,
  getChildren,
} from "./operations/get-children.js";
export { type GetChildren2Response, getChildren2 } from "./operations/get-children2.js";
export { type GetDataResponse, getData } from "./operations/get-data.js";
export {
  type GetEphemeralsRequest,
  type GetEphemeralsResponse,
  getEphemerals,
} from "./operations/get-ephemerals.js";
export { type MultiOperation, type MultiResult, multi } from "./operations/multi.js";
export {
  type MultiReadOperation,
  type MultiReadReply,
  type MultiReadResult,
  multiRead,
} from "./operations/multi-read.js";
export { ping } from "./operations/ping.js";
export { type ReconfigRequest, reconfig } from "./operations/reconfig.js";
export { removeWatches } from "./operations/remove-watches.js";
export { type SaslToken, sasl } from "./operations/sasl.js";
export { type SetACLRequest, setACL } from "./operations/set-acl.js";
export { type SetDataRequest, setData } from "./operations/set-data.js";
export {
  type ReceivedSetWatches,
  type RequestedPaths,
  type SetWatchesRequest,
  setWatches,
} from "./operations/set-watches.js";
export { type ReceivedSetWatches2, type SetWatches2Request, setWatches2 } from "./operations/set-watches2.js";
export { type SyncPath, sync } from "./operations/sync.js";
export { type WhoAmIResponse, whoAmI } from "./operations/who-am-i.js";
export { ProtocolError, type ProtocolErrorReason } from "./protocol-error.js";
export { commitAndActivate, type InformAndActivate, informAndActivate } from "./quorum/activation.js";
export {
  QUORUM_AUTH_MAGIC_BYTE,
  QuorumAuthDecoder,
  type QuorumAuthPacket,
  QuorumAuthStatus,
  quorumAuthBytes,
} from "./quorum/auth-packet.js";
export type { ElectionAddress } from "./quorum/election-address.js";
export {
  type ElectionHello,
  ElectionHelloDecoder,
  HelloVersion,
  OBSERVER_WITHOUT_ID,
  type ReceivedHello,
  writeElectionHello,
} from "./quorum/election-hello.js";
export { type ForwardedRequest, forwardedRequest } from "./quorum/forwarded-request.js";
export {
  MAX_ELECTION_FRAME_BYTES,
  NOTIFICATION_VERSION,
  type Notification,
  type PeerState,
  readNotification,
  type SentNotification,
  writeNotification,
} from "./quorum/notification.js";
export type { PacketData } from "./quorum/packet-data.js";
export { PacketType, type PacketTypeName, packetTypeName } from "./quorum/packet-type.js";
export {
  type QuorumPacket,
  readSnapshotSignature,
  writeQuorumPacket,
  writeSnapshotSignature,
} from "./quorum/quorum-packet.js";
export { QuorumPacketDecoder, type QuorumPacketDecoderOptions } from "./quorum/quorum-packet-decoder.js";
export {
  epochAck,
  LEARNER_PROTOCOL_VERSION,
  type LearnerInfo,
  leaderInfo,
  learnerInfo,
  newLeader,
} from "./quorum/registration.js";
export {
  type RevalidationReply,
  revalidation,
  revalidationReply,
  sessionTouches,
  type TouchedSession,
} from "./quorum/session-packets.js";
export {
  type Acl,
  type Id,
  OPEN_ACL_UNSAFE,
  Permission,
  type RequestedAcl,
  type RequestedId,
  readAcls,
  readId,
  readRequestedAcls,
  writeAcls,
  writeId,
} from "./records/acl.js";
export { type ClientInfo, readClientInfos, writeClientInfos } from "./records/client-info.js";
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
export { readMultiHeader, writeMultiEnd, writeMultiHeader } from "./records/multi-items.js";
export { readStat, STAT_BYTES, type Stat, writeStat } from "./records/stat.js";
export {
  EventType,
  KeeperState,
  readWatcherEvent,
  type WatcherEvent,
  writeWatcherEvent,
} from "./records/watcher-event.js";
export { WatcherType } from "./watcher-type.js";
export { invalidPathReason, nodeName, parentPath } from "./znode-path.js";
