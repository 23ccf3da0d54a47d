import { type Acl, type JuteWriter, OPEN_ACL_UNSAFE, writeAcls } from "@conclave/protocol";

/** ACL id of "world, anyone, all permissions" (org.apache.zookeeper.server.ReferenceCountedACLCache). */
export const OPEN_ACL_ID = -1n;

/**
 * ACL id of a znode with an ACL that was set after the table was written. No server ever assigns this id, so it cannot
 * be confused with another ACL. Until replay reaches the transaction that sets the ACL, the znode grants no access.
 */
const LATER_ACL_ID = -2n;

/** Numbers the ACL lists of a snapshot: they stand once in its head, and nodes refer to them. */
export class AclTable {
  readonly #byContent = new Map<string, bigint>();
  readonly #byIdentity = new Map<readonly Acl[], bigint>();
  readonly #lists: (readonly Acl[])[] = [];

  constructor(lists: Iterable<readonly Acl[]>) {
    this.#byContent.set(contentOf(OPEN_ACL_UNSAFE), OPEN_ACL_ID);
    for (const list of lists) {
      if (this.#known(list) !== undefined) continue;
      this.#lists.push(list);
      const id = BigInt(this.#lists.length);
      this.#byContent.set(contentOf(list), id);
      this.#byIdentity.set(list, id);
    }
  }

  /** int count {long id, vector<ACL>} */
  write(out: JuteWriter): void {
    out.writeInt(this.#lists.length);
    for (const [index, list] of this.#lists.entries()) {
      out.writeLong(BigInt(index + 1));
      writeAcls(out, list);
    }
  }

  idOf(list: readonly Acl[] | null): bigint {
    if (list === null) return OPEN_ACL_ID;
    return this.#known(list) ?? LATER_ACL_ID;
  }

  #known(list: readonly Acl[]): bigint | undefined {
    const seen = this.#byIdentity.get(list);
    if (seen !== undefined) return seen;
    const id = this.#byContent.get(contentOf(list));
    if (id !== undefined) this.#byIdentity.set(list, id);
    return id;
  }
}

function contentOf(list: readonly Acl[]): string {
  return JSON.stringify(list.map(({ permissions, id }) => [permissions, id.scheme, id.id]));
}
