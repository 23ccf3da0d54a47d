/** A member of a group. */
export interface Member<T> {
  readonly id: string;
  /** Data of the member. */
  readonly data: T;
  /** Path of its znode. */
  readonly path: string;
  /** Session that owns its znode; 0 if the znode is not ephemeral. */
  readonly sessionId: bigint;
  /** The czxid of its znode: smaller for an older member. */
  readonly czxid: bigint;
}

/** Compares two members: the older one comes first. */
export function byAge(a: Pick<Member<unknown>, "czxid">, b: Pick<Member<unknown>, "czxid">): number {
  return a.czxid < b.czxid ? -1 : a.czxid > b.czxid ? 1 : 0;
}
