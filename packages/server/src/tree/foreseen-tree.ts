import { OpCode, parentPath } from "@conclave/protocol";
import type { DigestSum } from "./digest-sum.js";
import { ForeseenImages } from "./foreseen-images.js";
import { ForeseenNode, type ForeseenView } from "./foreseen-node.js";
import { digestContent, digestStat } from "./node-digest.js";
import type { AnyCreateTxn, Txn, TxnHeader, ZnodeDigests } from "./txn.js";
import type { Znode } from "./znode.js";

/** A tree to look things up in, for validation. */
export interface ForeseenZnodes {
  /** The znode at a path; `null`: there will be none. Good until something is proposed. */
  get(path: string): ForeseenView | null;
}

/** What a foreseen tree starts from. */
interface Ground {
  /** The same for the same path; not what others can foresee. */
  hashOf(path: string): number;
  /** For comparing and copying. */
  get(path: string, hash: number): ForeseenNode | Znode | null | undefined;
  ephemeralsOf(sessionId: bigint): Iterable<string>;
  /** Of the tree as it is; `undefined` where no digest is kept. */
  readonly sum: DigestSum | undefined;
}

/**
 * A tree as it will be once everything proposed is applied: what the next request is validated against (trap 3 of the
 * protocol: versions and sequence numbers come from here, never from the tree alone), and where the digest comes from
 * that each transaction is logged with.
 *
 * The transactions are valid ones: what they create is not there, and what they change or delete is.
 */
export class ForeseenTree implements ForeseenZnodes {
  readonly #ground: Ground;
  readonly #sum: DigestSum | undefined;
  /**
   * The znodes that change, as they will be. What changed last up to `#turn` stands in the former ones, unless it
   * changed again: when all of that is applied they are forgotten in one go, and the recent ones become the former.
   */
  #recent = new ForeseenImages();
  #former = new ForeseenImages();
  #turn = NEVER;
  /** The transactions that are foreseen and not applied: from one to the other. */
  #first = NEVER;
  #last = NEVER;
  #znodeDigests: ZnodeDigests | undefined;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#sum = ground.sum?.copy();
  }

  /** What there will be after further transactions, to try them: nothing of it comes back here. */
  trial(): ForeseenTree {
    return new ForeseenTree({
      hashOf: (path) => this.#ground.hashOf(path),
      get: (path, hash) => this.#look(path, hash),
      ephemeralsOf: (sessionId) => this.ephemeralsOf(sessionId),
      sum: undefined,
    });
  }

  get(path: string): ForeseenView | null {
    return this.#look(path, this.#ground.hashOf(path)) ?? null;
  }

  /** The ephemerals that a session will own. */
  ephemeralsOf(sessionId: bigint): string[] {
    const paths = new Set(this.#ground.ephemeralsOf(sessionId));
    for (const images of [this.#former, this.#recent]) {
      for (const [path, node] of images) {
        if (node?.ephemeralOwner === sessionId) paths.add(path);
        else paths.delete(path);
      }
    }
    return [...paths];
  }

  /** Takes the transaction that comes after all before. Returns the tree's digest after it, if one is kept. */
  take(header: TxnHeader, txn: Txn): bigint | undefined {
    if (this.#first === NEVER) {
      this.#first = header.zxid;
      if (this.#ground.sum !== undefined) this.#sum?.become(this.#ground.sum);
    }
    this.#last = header.zxid;
    this.#znodeDigests = undefined;
    this.#change(header, txn);
    if (txn.type === OpCode.multi) this.#znodeDigests = undefined; // one write's of several
    return this.#sum?.value;
  }

  /** Of the transaction that was taken last, if that makes one znode or changes the data of one, and a digest is kept. */
  get znodeDigests(): ZnodeDigests | undefined {
    return this.#znodeDigests;
  }

  /** Whether a transaction was taken and not applied yet, and nothing that was not foreseen came before it. */
  has(zxid: bigint): boolean {
    return this.#first !== NEVER && zxid >= this.#first && zxid <= this.#last;
  }

  /** Told of each transaction that the tree has. One that was not foreseen ends what was: something else came before it. */
  applied(zxid: bigint): void {
    if (this.#first === NEVER) return;
    if (zxid >= this.#last || zxid < this.#first) {
      this.#forgetAll();
    } else {
      this.#first = zxid;
      if (zxid >= this.#turn) this.#forgetFormer();
    }
  }

  #forgetAll(): void {
    this.#first = NEVER;
    this.#turn = NEVER;
    if (!this.#recent.isEmpty) this.#recent = new ForeseenImages();
    if (!this.#former.isEmpty) this.#former = new ForeseenImages();
  }

  #forgetFormer(): void {
    this.#former = this.#recent;
    this.#recent = new ForeseenImages();
    this.#turn = this.#last;
  }

  #change(header: TxnHeader, txn: Txn): void {
    switch (txn.type) {
      case OpCode.create:
      case OpCode.create2:
      case OpCode.createContainer:
      case OpCode.createTTL:
        this.#create(header, txn);
        break;
      case OpCode.delete:
      case OpCode.deleteContainer:
        this.#delete(header, txn.path);
        break;
      case OpCode.setData:
      case OpCode.reconfig:
        this.#setData(header, txn.path, txn.data, txn.version);
        break;
      case OpCode.setACL: {
        const node = this.#withdraw(txn.path);
        node?.setAcl(txn.acl, txn.version);
        this.#enter(txn.path, node);
        break;
      }
      case OpCode.closeSession:
        for (const path of txn.paths ?? []) this.#delete(header, path);
        for (const path of this.ephemeralsOf(header.clientId)) this.#delete(header, path);
        break;
      case OpCode.multi:
        if (txn.txns.some(({ type }) => type === OpCode.error)) break;
        for (const each of txn.txns) this.#change(header, each);
        break;
      default: // changes no znode
    }
  }

  #create(header: TxnHeader, txn: AnyCreateTxn): void {
    const parentAt = parentPath(txn.path);
    const parent = this.#withdraw(parentAt);
    if (parent === undefined) return;
    parent.childCreated(txn.parentCVersion, header.zxid);
    this.#enter(parentAt, parent);
    const node = ForeseenNode.createdBy(header, txn);
    this.#note(txn.path, node);
    if (this.#sum === undefined) return;
    digestContent(txn.path, txn.data, node);
    this.#sum.add(node.crc);
    this.#znodeDigests = { contentCrc: node.contentCrc, crc: node.crc, parentCrc: parent.crc };
  }

  #delete({ zxid }: TxnHeader, path: string): void {
    // Gone already: an ephemeral that the close of its session names.
    if (this.#withdraw(path) === undefined) return;
    this.#note(path, null);
    const parentAt = parentPath(path);
    const parent = this.#withdraw(parentAt);
    parent?.childDeleted(zxid);
    this.#enter(parentAt, parent);
  }

  #setData(header: TxnHeader, path: string, data: Uint8Array | null, version: number): void {
    const node = this.#withdraw(path);
    if (node === undefined) return;
    node.setData(header, data, version);
    if (this.#sum === undefined) return;
    digestContent(path, data, node);
    this.#sum.add(node.crc);
    this.#znodeDigests = { contentCrc: node.contentCrc, crc: node.crc, parentCrc: 0 };
  }

  /** The znode at a path, to be changed. Its digest is out of the sum until {@link #enter}. */
  #withdraw(path: string): ForeseenNode | undefined {
    const hash = this.#ground.hashOf(path);
    let node = this.#recent.get(path, hash);
    if (node === undefined) {
      const former = this.#former.get(path, hash);
      const found = former === undefined ? this.#ground.get(path, hash) : former;
      if (found === null || found === undefined) return undefined;
      node = former ?? ForeseenNode.of(found);
      this.#recent.set(path, hash, node);
    }
    if (node === null) return undefined;
    this.#sum?.subtract(node.crc);
    return node;
  }

  /** Its stat has changed. */
  #enter(path: string, node: ForeseenNode | undefined): void {
    if (node === undefined || this.#sum === undefined) return;
    digestStat(path, node);
    this.#sum.add(node.crc);
  }

  #note(path: string, node: ForeseenNode | null): void {
    this.#recent.set(path, this.#ground.hashOf(path), node);
  }

  #look(path: string, hash: number): ForeseenNode | Znode | null | undefined {
    if (this.#first === NEVER) return this.#ground.get(path, hash);
    const recent = this.#recent.get(path, hash);
    if (recent !== undefined) return recent;
    const former = this.#former.get(path, hash);
    return former === undefined ? this.#ground.get(path, hash) : former;
  }
}

/** In place of a zxid. */
const NEVER = -1n;
