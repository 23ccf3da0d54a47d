// For users.
export {
  type Acl,
  type ClientInfo,
  CreateMode,
  type Id,
  OPEN_ACL_UNSAFE,
  Permission,
  type Stat,
} from "@conclave/protocol";
export { connect } from "./connect.js";
export type { BackoffOptions } from "./connection/backoff.js";
export { ConnectionError, type ConnectionErrorReason } from "./connection/connection-error.js";
export type { MultiRead } from "./multi-read.js";
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
export type { AuthOptions, ConnectOptions } from "./options/connect-options.js";
// For other packages.
export { type ConnectString, parseConnectString } from "./options/connect-string.js";
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
export type { SessionState } from "./session/session-state.js";
export type { Transaction } from "./transaction.js";
export type {
  PersistentWatchEvent,
  PersistentWatchListener,
  WatchEvent,
  WatchGap,
  WatchListener,
} from "./watch-event.js";
export type { WatchHandle } from "./watches/watch-handle.js";
export { isZkError, type Outcome, ZkError, type ZkErrorCode, type ZkErrorOptions } from "./zk-error.js";
export type { ZooKeeper } from "./zookeeper.js";
export type { StateChange, ZooKeeperEvents } from "./zookeeper-events.js";
