import { nodeName, parentPath } from "@conclave/protocol";
import { formatQuotaRecord, parseQuotaRecord, type QuotaRecord } from "./quota-record.js";
import type { Znode } from "./znode.js";

const QUOTAS = "/zookeeper/quota";
const LIMITS = "zookeeper_limits";
const STATS = "zookeeper_stats";

/** A subtree with a quota, and how much of it is used. */
export interface Quota {
  readonly path: string;
  readonly limits: QuotaRecord;
  readonly used: QuotaRecord;
}

/** The part of the tree that the table uses. */
export interface QuotaNodes {
  get(path: string): Znode | undefined;
  /** Gives a znode data without a transaction; below /zookeeper the digest does not count. */
  write(path: string, data: Uint8Array): void;
}

/**
 * Quotas of the tree: the paths that have one (`/zookeeper/quota<path>/zookeeper_limits` exists), and the usage of
 * each, kept in its `zookeeper_stats`. A znode counts only for the nearest quota at or above it; the root has none.
 * Usage changes without transactions: each server counts for itself (DataTree.updateQuotaStat).
 */
export class QuotaTable {
  readonly #nodes: QuotaNodes;
  readonly #paths = new Set<string>();

  constructor(nodes: QuotaNodes) {
    this.#nodes = nodes;
  }

  /** A znode from a snapshot. Usage is as the snapshot has it, until {@link recount}. */
  restored(path: string): void {
    if (isBelowQuotas(path) && nodeName(path) === LIMITS) this.#add(path);
  }

  created(path: string, node: Znode): void {
    if (isBelowQuotas(path)) {
      if (nodeName(path) === LIMITS) this.#add(path);
      else if (nodeName(path) === STATS) this.#count(quotaPathOf(path));
    }
    this.#use(path, node.dataLength, 1);
  }

  /** Subtracts a deleted znode with the given number of bytes of data. */
  deleted(path: string, bytes: number): void {
    if (isBelowQuotas(path) && nodeName(path) === LIMITS) this.#paths.delete(quotaPathOf(path));
    this.#use(path, -bytes, -1);
  }

  /** A znode's data has grown by so many bytes. */
  grown(path: string, bytes: number): void {
    this.#use(path, bytes, 0);
  }

  /** Counts the usage of all quotas again, after recovery. */
  recount(): void {
    for (const path of this.#paths) this.#count(path);
  }

  /** The quota that a path counts for; `undefined` if there is none, or its record is incomplete. */
  nearest(path: string): Quota | undefined {
    const quotaPath = this.#nearestPath(path);
    if (quotaPath === undefined) return undefined;
    const limits = this.#nodes.get(`${QUOTAS}${quotaPath}/${LIMITS}`);
    const used = this.#nodes.get(`${QUOTAS}${quotaPath}/${STATS}`);
    if (limits === undefined || used === undefined) return undefined;
    return { path: quotaPath, limits: parseQuotaRecord(limits.data), used: parseQuotaRecord(used.data) };
  }

  #add(limitsPath: string): void {
    const path = quotaPathOf(limitsPath);
    if (path !== "") this.#paths.add(path);
  }

  #nearestPath(path: string): string | undefined {
    if (this.#paths.size === 0) return undefined;
    for (let at = path; at.length > 1; at = parentPath(at)) {
      if (this.#paths.has(at)) return at;
    }
    return undefined;
  }

  #use(path: string, bytes: number, count: number): void {
    const quotaPath = this.#nearestPath(path);
    if (quotaPath === undefined) return;
    const statsPath = `${QUOTAS}${quotaPath}/${STATS}`;
    const stats = this.#nodes.get(statsPath);
    if (stats === undefined) return;
    const used = parseQuotaRecord(stats.data);
    this.#nodes.write(statsPath, formatQuotaRecord({ ...used, count: used.count + count, bytes: used.bytes + bytes }));
  }

  #count(quotaPath: string): void {
    const statsPath = `${QUOTAS}${quotaPath}/${STATS}`;
    if (this.#nodes.get(statsPath) === undefined) return;
    let [count, bytes] = [0, 0];
    const left = [this.#nodes.get(quotaPath)];
    for (let node = left.pop(); node !== undefined; node = left.pop()) {
      count++;
      bytes += node.dataLength;
      for (const child of node.children()) left.push(child);
    }
    this.#nodes.write(statsPath, formatQuotaRecord({ count, bytes, countHardLimit: -1, byteHardLimit: -1 }));
  }
}

function isBelowQuotas(path: string): boolean {
  return path.startsWith(`${QUOTAS}/`);
}

/** The path that limits or stats are for. */
function quotaPathOf(recordPath: string): string {
  return recordPath.slice(QUOTAS.length, recordPath.lastIndexOf("/"));
}
