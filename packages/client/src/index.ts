// For users.

export {
  type Acl,
  type ClientInfo,
  CreateMode,
  type Id,
  nodeName,
  OPEN_ACL_UNSAFE,
  Permission,
  parentPath,
  type Stat,
} from "@conclave/protocol";
export { acl } from "./access/acl.js";
export { type Codec, CodecError } from "./api/codec.js";
export type { AuthOptions, BackoffOptions, ConnectOptions } from "./api/connect-options.js";
export { ConnectionError, type ConnectionErrorReason } from "./api/connection-error.js";
export type { ConnectionSource } from "./api/connection-source.js";
export type { MultiRead } from "./api/multi-read.js";
export type {
  AddWatchOptions,
  ConsistencyOptions,
  CreateOptions,
  EphemeralsOptions,
  OperationOptions,
  ReadOptions,
  ReconfigOptions,
  Reconfiguration,
  RemoveWatchesOptions,
  VersionOptions,
  WatchOptions,
  WatchType,
  ZnodeData,
} from "./api/operation-options.js";
export type { AclAndStat, ChildrenAndStat, DataAndStat } from "./api/read-results.js";
export type { RetryPolicy } from "./api/retry-policy.js";
export type { SaslConversation, SaslMechanism } from "./api/sasl-mechanism.js";
export { SavedSession } from "./api/saved-session.js";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./api/standard-schema.js";
export type { Transaction } from "./api/transaction.js";
export type { TypedZooKeeper, ValueAndStat } from "./api/typed-zookeeper.js";
export type {
  PersistentWatchEvent,
  PersistentWatchListener,
  WatchEvent,
  WatchGap,
  WatchListener,
} from "./api/watch-event.js";
export type { WatchHandle } from "./api/watch-handle.js";
export { isZkError, type Outcome, ZkError, type ZkErrorCode, type ZkErrorOptions } from "./api/zk-error.js";
export type { CloseOptions, ZooKeeper } from "./api/zookeeper.js";
export type { SessionState, StateChange, ZooKeeperEvents } from "./api/zookeeper-events.js";
export { connect } from "./connect.js";
export { ChannelName, type OperationMessage, type StateMessage } from "./observe/channels.js";
export { type DigestMd5Options, digestMd5 } from "./options/digest-md5.js";
export { compareSequence, joinPath, sequenceNumber } from "./paths/znode-path.js";
export { type CommitOnceOptions, commitOnce } from "./retry/commit-once.js";
export {
  type CreateProtectedOptions,
  createProtected,
  deleteProtected,
  type ProtectedNode,
} from "./retry/create-protected.js";
export { protectionMarker } from "./retry/protection-marker.js";
export { type Finding, type RetryOptions, retry } from "./retry/retry.js";
export { deleteOnce, setDataOnce } from "./retry/versioned-writes.js";
export { deleteRecursive } from "./tree/delete-recursive.js";
export { type MakePathOptions, makePath } from "./tree/make-path.js";
export { type WalkedNode, walk } from "./tree/walk.js";
export { jsonCodec, textCodec } from "./typed/json-codec.js";

// For other packages.

export { type ConnectString, parseConnectString } from "./options/connect-string.js";
