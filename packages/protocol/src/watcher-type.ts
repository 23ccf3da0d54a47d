/** Types of watches to check or remove (org.apache.zookeeper.Watcher.WatcherType). */
export const WatcherType = {
  /** Watches of getChildren. */
  CHILDREN: 1,
  /** Watches of getData and exists. */
  DATA: 2,
  ANY: 3,
  /** Known to servers since 3.9.0. An older one answers with MARSHALLING_ERROR. */
  PERSISTENT: 4,
  /** Known to servers since 3.9.0, likewise. */
  PERSISTENT_RECURSIVE: 5,
} as const;
export type WatcherType = (typeof WatcherType)[keyof typeof WatcherType];
