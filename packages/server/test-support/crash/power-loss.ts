import { type Acl, nodeName, OPEN_ACL_UNSAFE, OpCode } from "@conclave/protocol";
import { type Clock, type Random, randomInt, seededRandom } from "@conclave/runtime";
import { type RecoveredTree, recoverTree } from "../../src/database/recover-tree.js";
import { snapshotsAmong } from "../../src/storage/file-names.js";
import { FileStorage } from "../../src/storage/file-storage.js";
import { snapshotChunks } from "../../src/storage/snapshot-writer.js";
import { DataTree } from "../../src/tree/data-tree.js";
import { PendingTree } from "../../src/tree/pending/pending-tree.js";
import type { TreeNode } from "../../src/tree/tree-node.js";
import type { Txn, TxnRecord } from "../../src/tree/txn.js";
import { FailingDisk, type FailingDiskOptions } from "./failing-disk.js";

/** A clock without progress: the order of everything depends on the seed alone. */
const still: Clock = { now: () => 0, wallTime: () => 1_700_000_000_000, setTimer: () => ({ cancel() {} }) };
const LIVES = 6;
const secret: readonly Acl[] = [{ permissions: 31, id: { scheme: "digest", id: "a:b" } }];

/** Copies a znode of the tree, which is valid only until the tree changes. */
function copyOf({ path, data, acl, stat }: TreeNode): TreeNode {
  const { czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, pzxid } = stat;
  const kept = { czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, pzxid };
  return { path, data: data && Uint8Array.from(data), acl, stat: kept };
}

/** Returns the content of a tree as lines, for comparison. */
function contentOf(tree: DataTree): Set<string> {
  const line = (value: unknown): string =>
    JSON.stringify(value, (_, each) =>
      typeof each === "bigint" ? `${each}` : each instanceof Uint8Array ? Buffer.from(each).toString("hex") : each,
    );
  const { lastZxid, sessions, nodes } = tree.snapshotSource();
  return new Set([{ lastZxid }, ...sessions, ...Array.from(nodes, copyOf)].map(line));
}

/** `undefined` if they are the same. */
function difference(found: ReadonlySet<string>, expected: ReadonlySet<string>): string | undefined {
  const more = [...found].filter((line) => !expected.has(line));
  const missing = [...expected].filter((line) => !found.has(line));
  if (more.length + missing.length === 0) return undefined;
  return `found ${more.join("; ")}, expected ${missing.join("; ")}`;
}

/** The state that transactions begin with: that of a new server, or of a snapshot that was restored. */
interface Beginning {
  readonly zxid: bigint;
  readonly sessions: readonly (readonly [bigint, number])[];
  readonly nodes: readonly TreeNode[];
}

const NEW_SERVER: Beginning = { zxid: 0n, sessions: [], nodes: [] };

function treeOf({ zxid, sessions, nodes }: Beginning, records: readonly TxnRecord[]): DataTree {
  const tree = new DataTree();
  for (const node of nodes) tree.restore(node);
  for (const [id, timeoutMs] of sessions) tree.sessions.set(id, timeoutMs);
  tree.lastZxid = zxid;
  for (const record of records) tree.apply(record);
  return tree;
}

/** Paths and sessions after all proposed transactions. */
interface Ahead {
  readonly paths: string[];
  readonly sessions: Set<bigint>;
}

/**
 * A server's storage through several lives, each ended by a power loss, a kill or a full disk at a random moment:
 * during recovery, writes, snapshots, purges and restores. At the beginning of each life it must find every
 * acknowledged transaction, and of the others a prefix, each whole.
 */
class Lives {
  readonly #random: Random;
  readonly #forceSync: boolean;
  readonly #settings: { readonly dataLogDir: string; readonly preAllocBytes: number };
  #beginning = NEW_SERVER;
  /** State after the restore that was interrupted. */
  #restoring: Beginning | undefined;
  /** All that was proposed, whether it came to anything or not. */
  #proposed: TxnRecord[] = [];
  #acknowledged = 0n;
  #serial = 0;

  constructor(random: Random, options: PowerLossOptions) {
    this.#random = random;
    this.#forceSync = options.forceSync ?? true;
    const preAllocBytes = [0, 1024, 16_384][randomInt(random, 3)]!;
    this.#settings = { dataLogDir: randomInt(random, 2) === 0 ? "/data" : "/log", preAllocBytes };
  }

  async run(): Promise<void> {
    let disk = new FailingDisk(this.#moment());
    for (let life = 1; life <= LIVES; life++) {
      await this.#live(disk);
      disk = disk.afterCrash({ ...this.#moment(), isKill: randomInt(this.#random, 3) === 0 });
    }
    const last = disk.afterCrash({ random: this.#random, operations: 1_000_000, isKill: true });
    const storage = this.#storage(last);
    this.#check(await recoverTree(storage), last);
    await storage.close();
  }

  #moment(): FailingDiskOptions {
    const random = this.#random;
    const operations = 1 + randomInt(random, 10 ** (1 + randomInt(random, 3)));
    const fullAfter = randomInt(random, 4) === 0 ? randomInt(random, operations) : undefined;
    return { random, operations, fullAfter };
  }

  #storage(files: FailingDisk): FileStorage {
    const { dataLogDir, preAllocBytes } = this.#settings;
    const forceSync = this.#forceSync;
    return new FileStorage({ dataDir: "/data", dataLogDir, preAllocBytes, forceSync, files, clock: still });
  }

  async #live(disk: FailingDisk): Promise<void> {
    const storage = this.#storage(disk);
    let recovered: RecoveredTree;
    try {
      recovered = await recoverTree(storage);
    } catch (error) {
      if (isExpected(error)) return;
      throw new Error(`cannot recover from ${disk.describe()}: ${(error as Error).message}`, { cause: error });
    }
    this.#check(recovered, disk);
    await this.#checkOlderSnapshot(disk, recovered.tree);
    const besides: Promise<unknown>[] = [];
    const snapshot = (): unknown => besides.push(storage.snapshot(recovered.tree.snapshotSource()).catch(failure));
    try {
      for (;;) {
        await this.#writeBatch(storage, recovered.tree, snapshot);
        const choice = randomInt(this.#random, 12);
        if (choice === 3) besides.push(storage.purge().catch(failure));
        if (choice === 4 && randomInt(this.#random, 4) === 0) {
          await this.#restore(storage, recovered.tree);
          break;
        }
      }
    } catch (error) {
      if (!isExpected(error)) throw error;
    }
    for (const result of await Promise.all(besides)) {
      if (result instanceof Error && !isExpected(result)) throw result;
    }
    await storage.close().catch(() => {});
  }

  /** Each snapshot that is there can be built on: were the newer ones damaged, nothing would be lost. */
  async #checkOlderSnapshot(disk: FailingDisk, tree: DataTree): Promise<void> {
    const copy = disk.afterCrash({ random: this.#random, operations: 1_000_000, isKill: true });
    const newestFirst = snapshotsAmong(await copy.list("/data/version-2"));
    const oldest = randomInt(this.#random, newestFirst.length);
    for (const { name } of newestFirst.slice(0, oldest)) await copy.remove(`/data/version-2/${name}`);
    const storage = this.#storage(copy);
    const { tree: found } = await recoverTree(storage);
    const wrong = difference(contentOf(found), contentOf(tree));
    if (wrong !== undefined) throw new Error(`from an older snapshot: ${wrong}, of ${copy.describe()}`);
    await storage.close();
  }

  /** Proposes some transactions, and applies them once they are durable, while more are proposed and snapshots made. */
  async #writeBatch(storage: FileStorage, tree: DataTree, snapshot: () => void): Promise<void> {
    const batches: { readonly records: TxnRecord[]; readonly flushed: Promise<void> }[] = [];
    const pending = new PendingTree(tree);
    const ahead = {
      paths: Array.from(tree.snapshotSource().nodes, ({ path }) => path),
      sessions: new Set(tree.sessions.keys()),
    };
    let zxid = this.#lastProposed(tree);
    for (let count = 1 + randomInt(this.#random, 3); count > 0; count--) {
      const records = Array.from({ length: 1 + randomInt(this.#random, 8) }, () => this.#propose(++zxid, ahead));
      for (const record of records) storage.append({ ...record, digest: pending.add(record.header, record.txn) });
      const flushed = storage.flush();
      flushed.catch(() => {});
      batches.push({ records, flushed });
    }
    for (const { records, flushed } of batches) {
      await flushed;
      for (const record of records) pending.applyTo(tree, record);
      this.#acknowledged = tree.lastZxid;
      if (randomInt(this.#random, 8) === 0) snapshot();
    }
  }

  #lastProposed(tree: DataTree): bigint {
    return this.#proposed.at(-1)?.header.zxid ?? tree.lastZxid;
  }

  #propose(zxid: bigint, ahead: Ahead): TxnRecord {
    const clientId = BigInt(1 + randomInt(this.#random, 3));
    const txn = this.#txn(ahead, clientId);
    const header = { clientId, cxid: 1, zxid, time: still.wallTime() + this.#serial, type: txn.type };
    const record = { header, txn };
    this.#proposed.push(record);
    return record;
  }

  #txn(ahead: Ahead, clientId: bigint): Txn {
    const { paths, sessions } = ahead;
    switch (randomInt(this.#random, 12)) {
      case 0:
        return { type: OpCode.error, err: -101 };
      case 1:
        sessions.add(clientId);
        return { type: OpCode.createSession, timeoutMs: 4000 };
      case 2:
        sessions.delete(clientId);
        return {
          type: OpCode.closeSession,
          paths: this.#forget(paths, (path) => nodeName(path).startsWith(`e${clientId}-`)),
        };
      case 3:
      case 4: {
        const txns = Array.from({ length: 1 + randomInt(this.#random, 4) }, () => this.#change(ahead, clientId));
        return { type: OpCode.multi, txns };
      }
      default:
        return this.#change(ahead, clientId);
    }
  }

  #change({ paths, sessions }: Ahead, clientId: bigint): Txn {
    const path = paths[randomInt(this.#random, paths.length)]!;
    const isEphemeral = nodeName(path).startsWith("e");
    const version = ++this.#serial;
    const acl = randomInt(this.#random, 3) === 0 ? [...secret, ...OPEN_ACL_UNSAFE] : OPEN_ACL_UNSAFE;
    const at = path === "" ? "/" : path;
    switch (randomInt(this.#random, 5)) {
      case 0:
        return { type: OpCode.setData, path: at, data: this.#data(), version };
      case 1:
        return { type: OpCode.setACL, path: at, acl, version };
      case 2: {
        if (!/\d$/.test(path) || paths.some((each) => each.startsWith(`${path}/`))) break;
        this.#forget(paths, (each) => each === path);
        return { type: OpCode.delete, path };
      }
      default: {
        if (isEphemeral || path.startsWith("/zookeeper") || paths.length > 60) break;
        const ephemeral = sessions.has(clientId) && randomInt(this.#random, 2) === 0;
        const made = `${path}/${ephemeral ? `e${clientId}-` : "n"}${version}`;
        paths.push(made);
        return { type: OpCode.create, path: made, data: this.#data(), acl, ephemeral, parentCVersion: version };
      }
    }
    return { type: OpCode.check, path: at, version: -1 };
  }

  #forget(paths: string[], isGone: (path: string) => boolean): string[] {
    const gone = paths.filter(isGone);
    const kept = paths.filter((path) => !isGone(path));
    paths.splice(0, paths.length, ...kept);
    return gone;
  }

  /** Up to some sectors, and zeros among them. */
  #data(): Uint8Array {
    return new Uint8Array(randomInt(this.#random, 2 ** randomInt(this.#random, 12))).fill(randomInt(this.#random, 3));
  }

  async #restore(storage: FileStorage, tree: DataTree): Promise<void> {
    const source = tree.snapshotSource();
    // Of an earlier or later transaction, as one from elsewhere may be.
    const zxid = tree.lastZxid + BigInt(randomInt(this.#random, 3) * 10);
    const nodes = Array.from(source.nodes, copyOf);
    const sessions = [...tree.sessions];
    const chunks = [...snapshotChunks({ ...source, nodes, lastZxid: zxid })].map((chunk) => chunk.slice());
    this.#restoring = { zxid, sessions, nodes };
    await storage.installSnapshot(
      (async function* () {
        yield* chunks;
      })(),
    );
    this.#begin(this.#restoring);
  }

  #begin(beginning: Beginning): void {
    this.#beginning = beginning;
    this.#restoring = undefined;
    this.#proposed = [];
    this.#acknowledged = beginning.zxid;
  }

  #check({ tree, digestMismatches }: RecoveredTree, disk: FailingDisk): void {
    const found = contentOf(tree);
    const restoring = this.#restoring;
    if (restoring !== undefined && difference(found, contentOf(treeOf(restoring, []))) === undefined) {
      this.#begin(restoring);
    }
    this.#restoring = undefined;
    if (tree.lastZxid < this.#acknowledged) {
      throw new Error(`${this.#acknowledged} was acknowledged, ${tree.lastZxid} is there, of ${disk.describe()}`);
    }
    const kept = this.#proposed.filter(({ header }) => header.zxid <= tree.lastZxid);
    const wrong = difference(found, contentOf(treeOf(this.#beginning, kept)));
    if (wrong !== undefined) throw new Error(`${wrong}, of ${disk.describe()}`);
    if (digestMismatches > 0) throw new Error(`${digestMismatches} digests do not fit, of ${disk.describe()}`);
    this.#proposed = kept;
    this.#acknowledged = tree.lastZxid;
  }
}

const failure = (error: unknown): unknown => error;

/** Returns true for a power loss, a full disk, and errors of storage caused by them. */
function isExpected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "PowerLoss" || (error as NodeJS.ErrnoException).code === "ENOSPC" || isExpected(error.cause);
}

export interface PowerLossOptions {
  /**
   * Sync the log as the server does by default. When false, acknowledged writes are lost, and the run reports that.
   * @default true
   */
  readonly forceSync?: boolean;
}

/** Number of crashes in one seed of {@link runPowerLoss}. */
export const CRASHES_PER_SEED = LIVES;

/**
 * Takes storage through {@link CRASHES_PER_SEED} crashes. The same seed gives the same run. Rejects with a description
 * of lost, partial or unrecoverable data.
 *
 * Soaks call it with one seed after the other; it needs no file and no port.
 */
export async function runPowerLoss(seed: number, options: PowerLossOptions = {}): Promise<void> {
  await new Lives(seededRandom(seed), options).run();
}
