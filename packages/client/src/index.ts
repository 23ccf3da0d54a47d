// For users.
export { type Acl, CreateMode, OPEN_ACL_UNSAFE, Permission, type Stat } from "@conclave/protocol";
export { connect } from "./connect.js";
export type { BackoffOptions } from "./connection/backoff.js";
export { ConnectionError, type ConnectionErrorReason } from "./connection/connection-error.js";
export type {
  CreateOptions,
  OperationOptions,
  ReadOptions,
  VersionOptions,
  ZnodeData,
} from "./operation-options.js";
export type { AuthOptions, ConnectOptions } from "./options/connect-options.js";
// For other packages.
export { type ConnectString, parseConnectString } from "./options/connect-string.js";
export type { SessionState } from "./session/session-state.js";
export type { Transaction } from "./transaction.js";
export type { WatchEvent, WatchListener } from "./watch-event.js";
export { isZkError, type Outcome, ZkError, type ZkErrorCode, type ZkErrorOptions } from "./zk-error.js";
export type { ChildrenAndStat, DataAndStat, ZooKeeper } from "./zookeeper.js";
export type { StateChange, ZooKeeperEvents } from "./zookeeper-events.js";
