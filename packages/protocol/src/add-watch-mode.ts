/** Events of an added watch (org.apache.zookeeper.AddWatchMode). The watch stays until it is removed or the session ends. */
export const AddWatchMode = {
  /** Creation, deletion and data changes of the znode, and changes of its list of children. */
  PERSISTENT: 0,
  /** Creation, deletion and data changes of the znode and of every znode below it; never NODE_CHILDREN_CHANGED. */
  PERSISTENT_RECURSIVE: 1,
} as const;
export type AddWatchMode = (typeof AddWatchMode)[keyof typeof AddWatchMode];
