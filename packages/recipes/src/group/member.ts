/** A member of a group, as the ensemble has it. */
export interface Member<T> {
  readonly id: string;
  /** Data of the member. */
  readonly data: T;
  /** The path of its znode. */
  readonly path: string;
  /** The session that it is a member by; 0 where it is none. */
  readonly sessionId: bigint;
  /** The czxid of its znode: smaller for an older member. */
  readonly czxid: bigint;
}

/** The oldest first. */
export function byAge(a: Pick<Member<unknown>, "czxid">, b: Pick<Member<unknown>, "czxid">): number {
  return a.czxid < b.czxid ? -1 : a.czxid > b.czxid ? 1 : 0;
}
