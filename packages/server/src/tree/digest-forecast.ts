import { OpCode, parentPath } from "@conclave/protocol";
import type { DigestSum } from "./digest-sum.js";
import { digestContent, digestStat } from "./node-digest.js";
import type { AnyCreateTxn, Txn, TxnHeader } from "./txn.js";
import { type Ahead, Znode } from "./znode.js";

/** What one transaction will do. */
interface Step {
  readonly zxid: bigint;
  readonly changes: Ahead[];
  readonly creates: Ahead[];
  readonly sum: DigestSum;
}

/** What of the tree a forecast starts from. */
export interface DigestedTree {
  readonly nodes: ReadonlyMap<string, Znode>;
  ephemeralsOf(sessionId: bigint): Iterable<string>;
  /** Of the tree as it is. */
  readonly sum: DigestSum;
}

/**
 * The digest that the tree will have after transactions that are not applied yet: a transaction is logged together with
 * the digest after it, and applied only when it is on disk. The digests found here become those of the znodes when the
 * transaction is applied, so that none is reckoned twice.
 *
 * The transactions are valid ones: what they create is not there, and what they change or delete is.
 */
export class DigestForecast {
  readonly #tree: DigestedTree;
  /** Znodes that the tree does not have yet. */
  readonly #unborn = new Map<string, Ahead>();
  readonly #steps: Step[] = [];

  constructor(tree: DigestedTree) {
    this.#tree = tree;
  }

  /** The transaction that was foreseen first, of those that were not applied. */
  get next(): bigint | undefined {
    return this.#steps[0]?.zxid;
  }

  /** Takes the transaction that comes after all foreseen before. Returns the tree's digest after it. */
  foresee(header: TxnHeader, txn: Txn): bigint {
    const before = this.#steps.at(-1)?.sum ?? this.#tree.sum;
    const step: Step = { zxid: header.zxid, changes: [], creates: [], sum: before.copy() };
    this.#take(step, header, txn);
    this.#steps.push(step);
    return step.sum.value;
  }

  /** The next transaction was applied: the tree is given the digests that were found for it. */
  applied(): void {
    const step = this.#steps.shift();
    if (step === undefined) return;
    for (const ahead of step.creates) this.#born(ahead);
    for (const ahead of step.changes) {
      if (ahead.zxid === step.zxid) arrive(ahead);
    }
    this.#tree.sum.become(step.sum);
  }

  #born(ahead: Ahead): void {
    if (this.#unborn.get(ahead.path) === ahead) this.#unborn.delete(ahead.path);
    const node = this.#tree.nodes.get(ahead.path);
    if (node === undefined) return;
    node.ahead = ahead;
    ahead.target = node;
  }

  /** Forgets what was foreseen: it will not come, or something else comes before it. */
  clear(): void {
    for (const { target, path } of this.#steps.flatMap(({ changes }) => changes)) {
      if (target === undefined) continue;
      target.ahead = undefined;
      // What a later step would have changed again was not given the digest of an earlier one.
      digestContent(path, target);
    }
    this.#steps.length = 0;
    this.#unborn.clear();
  }

  #take(step: Step, header: TxnHeader, txn: Txn): void {
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        this.#create(step, header, txn);
        break;
      case OpCode.delete:
      case OpCode.deleteContainer:
        this.#delete(step, txn.path);
        break;
      case OpCode.setData:
      case OpCode.reconfig:
        this.#setData(step, header, txn.path, txn.data, txn.version);
        break;
      case OpCode.setACL:
        this.#setAcl(step, txn.path, txn.version);
        break;
      case OpCode.closeSession:
        for (const path of txn.paths ?? []) this.#delete(step, path);
        for (const path of this.#tree.ephemeralsOf(header.clientId)) this.#delete(step, path);
        break;
      case OpCode.multi:
        if (txn.txns.some(({ type }) => type === OpCode.error)) break;
        for (const each of txn.txns) this.#take(step, header, each);
        break;
      default: // changes no znode
    }
  }

  #create(step: Step, header: TxnHeader, txn: AnyCreateTxn): void {
    const parentAt = parentPath(txn.path);
    const parent = this.#change(step, parentAt);
    if (parent === undefined) return;
    parent.childCreated(txn.parentCVersion, header.zxid);
    digestStat(parentAt, parent);
    step.sum.add(parent.digest);
    const node = Znode.createdBy(header, txn, txn.acl);
    digestContent(txn.path, node);
    step.sum.add(node.digest);
    const ahead: Ahead = { path: txn.path, target: undefined, node, zxid: step.zxid, isGone: false };
    this.#unborn.set(txn.path, ahead);
    step.creates.push(ahead);
    step.changes.push(ahead);
  }

  #delete(step: Step, path: string): void {
    const node = this.#change(step, path);
    // Gone already: an ephemeral that the close of its session names.
    if (node === undefined) return;
    const ahead = step.changes.at(-1)!;
    ahead.isGone = true;
    if (ahead.target === undefined) this.#unborn.delete(path);
    const parentAt = parentPath(path);
    const parent = this.#change(step, parentAt);
    if (parent === undefined) return;
    parent.childDeleted(step.zxid);
    digestStat(parentAt, parent);
    step.sum.add(parent.digest);
  }

  #setData(step: Step, header: TxnHeader, path: string, data: Uint8Array | null, version: number): void {
    const node = this.#change(step, path);
    if (node === undefined) return;
    node.setData(header, data, version);
    digestContent(path, node);
    step.sum.add(node.digest);
  }

  #setAcl(step: Step, path: string, version: number): void {
    const node = this.#change(step, path);
    if (node === undefined) return;
    node.aversion = version;
    digestStat(path, node);
    step.sum.add(node.digest);
  }

  /** The znode at `path` as it is foreseen, for changing. Its digest is out of the sum, and the last of the changes. */
  #change(step: Step, path: string): Znode | undefined {
    const ahead = this.#aheadOf(path);
    if (ahead === undefined) return undefined;
    step.sum.subtract(ahead.node.digest);
    ahead.zxid = step.zxid;
    step.changes.push(ahead);
    return ahead.node;
  }

  #aheadOf(path: string): Ahead | undefined {
    const target = this.#tree.nodes.get(path === "" ? "/" : path);
    if (target === undefined || target.ahead?.isGone === true) return this.#unborn.get(path);
    target.ahead ??= { path, target, node: target.copy(), zxid: 0n, isGone: false };
    return target.ahead;
  }
}

/** The znode is now what was foreseen of it. */
function arrive({ target, node }: Ahead): void {
  if (target === undefined) return;
  target.contentCrc = node.contentCrc;
  target.digest = node.digest;
  target.ahead = undefined;
}
