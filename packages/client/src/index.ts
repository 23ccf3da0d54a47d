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
export { connect } from "./connect.js";
export { ConnectionError, type ConnectionErrorReason } from "./connection/connection-error.js";
export type { MultiRead } from "./multi-read.js";
export { ChannelName, type OperationMessage, type StateMessage } from "./observe/channels.js";
export type {
  AddWatchOptions,
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
} from "./operation-options.js";
export type { AuthOptions, BackoffOptions, ConnectOptions } from "./options/connect-options.js";
export { type DigestMd5Options, digestMd5 } from "./options/digest-md5.js";
export type { SaslConversation, SaslMechanism } from "./options/sasl-mechanism.js";
export type { AclAndStat, ChildrenAndStat, DataAndStat } from "./read-results.js";
export { type CommitOnceOptions, commitOnce } from "./retry/commit-once.js";
export {
  type CreateProtectedOptions,
  createProtected,
  deleteProtected,
  type ProtectedNode,
} from "./retry/create-protected.js";
export { protectionMarker } from "./retry/protection-marker.js";
export { type Finding, type RetryOptions, retry } from "./retry/retry.js";
export type { RetryPolicy } from "./retry/retry-policy.js";
export { deleteOnce, setDataOnce } from "./retry/versioned-writes.js";
export { SavedSession } from "./session/saved-session.js";
export type { SessionState } from "./session/session-state.js";
export type { Transaction } from "./transaction.js";
export { deleteRecursive } from "./tree/delete-recursive.js";
export { type MakePathOptions, makePath } from "./tree/make-path.js";
export { type WalkedNode, walk } from "./tree/walk.js";
export { compareSequence, joinPath, sequenceNumber } from "./tree/znode-path.js";
export { type Codec, CodecError, jsonCodec, textCodec } from "./typed/codec.js";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./typed/standard-schema.js";
export type { TypedZooKeeper, ValueAndStat } from "./typed/typed-zookeeper.js";
export type {
  PersistentWatchEvent,
  PersistentWatchListener,
  WatchEvent,
  WatchGap,
  WatchListener,
} from "./watch-event.js";
export type { WatchHandle } from "./watches/watch-handle.js";
export { isZkError, type Outcome, ZkError, type ZkErrorCode, type ZkErrorOptions } from "./zk-error.js";
export type { CloseOptions, ZooKeeper } from "./zookeeper.js";
export type { StateChange, ZooKeeperEvents } from "./zookeeper-events.js";

// For other packages.

export { type ConnectString, parseConnectString } from "./options/connect-string.js";
