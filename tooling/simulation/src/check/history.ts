import { OpCode } from "@conclave/protocol";
import { DataTree, type EnsembleConfiguration, type Txn, type TxnRecord } from "@conclave/server/simulation";
import { Configurations } from "./configurations.ts";
import { type KnownRecord, KnownRecords } from "./known-records.ts";
import type { MemberDisk } from "./member-disk.ts";
import { PathHistory } from "./path-history.ts";
import { demand, zxidText } from "./violation.ts";

/**
 * The one history of an ensemble: each record that some member applied, in order. It is replayed on a tree of its own, to
 * which the trees of members and the replies to clients are compared.
 */
export class History {
  readonly known = new KnownRecords();
  readonly tree = new DataTree();
  readonly paths = new PathHistory();
  readonly configurations: Configurations;
  /** Disks of the members by id. */
  readonly #disks: ReadonlyMap<bigint, MemberDisk>;
  readonly #committed: KnownRecord[] = [];
  readonly #byRequest = new Map<string, KnownRecord>();
  readonly #leaders = new Map<number, string>();
  /** Called for each record that becomes committed. */
  onCommitted: (record: TxnRecord) => void = () => {};

  constructor(configuration: EnsembleConfiguration, disks: ReadonlyMap<bigint, MemberDisk>) {
    this.configurations = new Configurations(configuration);
    this.#disks = disks;
    this.tree.setConfiguration(configuration.toString(), configuration.version);
  }

  /** Zxid of the last committed record. */
  get last(): bigint {
    return this.#committed.at(-1)?.zxid ?? 0n;
  }

  get committedCount(): number {
    return this.#committed.length;
  }

  /** Number of leaders that were established. */
  get leaderCount(): number {
    return this.#leaders.size;
  }

  /** A member has applied a record to a tree with the last zxid `before`. */
  applied(member: string, tree: DataTree, record: TxnRecord, before: bigint): void {
    const { zxid } = record.header;
    const known = this.known.get(zxid)!;
    this.#commitUpTo(member, known);
    const previous = known.previous?.zxid ?? 0n;
    demand(previous === before, () => `${member} applies ${zxidText(zxid)} to a tree of ${zxidText(before)}`);
    this.checkTree(member, tree, known);
  }

  /**
   * A member leads an epoch, so everything in its log, which ends with `last`, is committed, and the log has all that was committed in
   * earlier epochs.
   */
  established(member: string, epoch: number, last: bigint): void {
    const former = this.#leaders.get(epoch);
    demand(former === undefined, () => `${member} and ${former} were established as leaders of epoch ${epoch}`);
    this.#leaders.set(epoch, member);
    const known = this.known.get(last);
    // A leader that was paused may take the last acknowledgement when a later one already leads.
    const newest = this.#committed.findLast(({ zxid }) => zxid >> 32n < BigInt(epoch));
    demand(
      newest === undefined || this.known.contains(last, newest),
      () =>
        `the leader of epoch ${epoch}, ${member}, has ${zxidText(last)}, which lacks the committed ${zxidText(newest!.zxid)}`,
    );
    if (known !== undefined) this.#commitUpTo(member, known);
  }

  /** A tree that ends with a record has the digest that its leader has computed. */
  checkTree(member: string, tree: DataTree, known: KnownRecord | undefined): void {
    const digest = known?.record.digest?.treeDigest;
    demand(
      digest === undefined || digest === tree.digest,
      () =>
        `the tree of ${member} differs after ${zxidText(known!.zxid)}: its digest is ${tree.digest} and not ${digest}`,
    );
  }

  /** Returns the committed record of a request; `undefined` if there is none. */
  ofRequest(sessionId: bigint, cxid: number): KnownRecord | undefined {
    return this.#byRequest.get(`${sessionId}:${cxid}`);
  }

  #commitUpTo(member: string, known: KnownRecord): void {
    if (known.index >= 0) return;
    const chain: KnownRecord[] = [];
    let at: KnownRecord | undefined = known;
    for (; at !== undefined && at.index < 0; at = at.previous) chain.push(at);
    demand(
      at === this.#committed.at(-1),
      () => `${member} commits ${zxidText(known.zxid)}, whose history lacks the committed ${zxidText(this.last)}`,
    );
    for (const each of chain.reverse()) this.#commit(member, each);
  }

  #commit(member: string, known: KnownRecord): void {
    const { zxid, record } = known;
    const copies = [...this.#disks].filter(([, disk]) => disk.keeps(zxid)).map(([id]) => id);
    demand(
      this.configurations.isQuorum(copies, record),
      () => `${member} commits ${zxidText(zxid)}, which is on the disks of ${copies.join(", ") || "no member"} only`,
    );
    known.index = this.#committed.push(known) - 1;
    const { clientId, cxid } = record.header;
    if (cxid !== 0) {
      const key = `${clientId}:${cxid}`;
      demand(!this.#byRequest.has(key), () => `request ${cxid} of session 0x${clientId.toString(16)} was done twice`);
      this.#byRequest.set(key, known);
    }
    this.#checkSession(record);
    const ephemerals = record.txn.type === OpCode.closeSession ? [...this.tree.ephemeralsOf(clientId)] : [];
    this.tree.apply(record);
    this.checkTree("the replay of the history", this.tree, known);
    this.paths.applied(this.tree, record, ephemerals);
    this.onCommitted(record);
  }

  /**
   * A session that is closed, or was never created, does nothing more: its requests are refused. It may be closed once more, without
   * effect, if its client closes it while the leader ends it, as with Apache's servers.
   */
  #checkSession({ header: { clientId, zxid }, txn }: TxnRecord): void {
    if (clientId === 0n || isRefusedMulti(txn) || SESSION_TXNS.has(txn.type)) return;
    demand(
      this.tree.sessions.has(clientId),
      () => `${zxidText(zxid)} is of the session 0x${clientId.toString(16)}, which is closed`,
    );
  }
}

/** Transactions that need no open session. */
const SESSION_TXNS: ReadonlySet<number> = new Set([OpCode.createSession, OpCode.closeSession, OpCode.error]);

function isRefusedMulti(txn: Txn): boolean {
  return txn.type === OpCode.multi && txn.txns.some(({ type }) => type === OpCode.error);
}
