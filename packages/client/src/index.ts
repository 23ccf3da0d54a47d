export { type Acl, CreateMode, OPEN_ACL_UNSAFE, Permission, type Stat } from "@conclave/protocol";
export type { Transaction } from "./transaction.js";
export type { WatchEvent, WatchListener } from "./watch-event.js";
export { isZkError, type Outcome, ZkError, type ZkErrorCode, type ZkErrorOptions } from "./zk-error.js";
export type {
  ChildrenAndStat,
  CreateOptions,
  DataAndStat,
  OperationOptions,
  ReadOptions,
  SessionState,
  StateChange,
  VersionOptions,
  ZnodeData,
  ZooKeeper,
  ZooKeeperEvents,
} from "./zookeeper.js";
