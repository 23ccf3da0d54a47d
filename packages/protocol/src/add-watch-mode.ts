/** What an added watch sees (org.apache.zookeeper.AddWatchMode). It stays until it is removed, or the session ends. */
export const AddWatchMode = {
  /** Changes of the znode, of its data and of its list of children. */
  PERSISTENT: 0,
  /** Creations, deletions and changes of data of the znode and of all below it; never NODE_CHILDREN_CHANGED. */
  PERSISTENT_RECURSIVE: 1,
} as const;
export type AddWatchMode = (typeof AddWatchMode)[keyof typeof AddWatchMode];
