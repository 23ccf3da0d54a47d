import type { Acl } from "@conclave/protocol";
import { AclLists } from "./acl-lists.js";
import { ByteStore } from "./byte-store.js";
import { encodeName, isName } from "./node-name.js";
import { PathIndex } from "./path-index.js";
import type { StatPersisted } from "./stat-persisted.js";
import { Znode, type ZnodeMemory } from "./znode.js";
import { IntField, StatInt, ZnodeRows } from "./znode-rows.js";

const NONE = 0;
const BYTES_PER_UNIT = 3;

/** Position of a walk through the znodes. */
interface Walk {
  next: number;
}

/**
 * Znodes of a tree by path, outside of the garbage collector's heap: rows of numbers, linked to parents, siblings and
 * children, with names and data in pages, and an index of paths.
 */
export class ZnodeTable implements ZnodeMemory {
  readonly rows = new ZnodeRows();
  readonly bytes = new ByteStore();
  readonly acls = new AclLists();
  readonly #hashSeed: number;
  readonly #root: number;
  readonly #index = new PathIndex();
  #count = 0;
  /** Number of removed znodes: a row seen before may belong to another znode since. */
  removals = 0;
  #name = new Uint8Array(256);
  readonly #walks = new Set<Walk>();

  /** @param hashSeed decides which paths have equal hashes; a client that does not know it cannot choose such paths */
  constructor(hashSeed: number) {
    this.#hashSeed = hashSeed;
    this.#root = this.#newRow("/", 1, NONE);
  }

  get count(): number {
    return this.#count;
  }

  get root(): Znode {
    return new Znode(this, this.#root);
  }

  /** The znode at a path; "" is the root too. @param hash of the path, where it is known */
  get(path: string, hash = this.hashOf(path)): Znode | undefined {
    const row = path.length <= 1 ? this.#shortest(path) : this.#find(path, hash);
    return row === NONE ? undefined : new Znode(this, row);
  }

  /** Adds a znode below another one, which has no child of that name. */
  add(path: string, parent: Znode, data: Uint8Array | null, acl: readonly Acl[], stat: StatPersisted): Znode {
    const row = this.#newRow(path, path.lastIndexOf("/") + 1, parent.row);
    this.#index.add(this.hashOf(path), row);
    this.#linkSibling(row, parent.row);
    const node = new Znode(this, row);
    node.restore(data, acl, stat);
    return node;
  }

  /** Removes the znode at a path, which has no children, and is not the root. */
  remove(path: string, { row }: Znode): void {
    const { rows, bytes } = this;
    for (const walk of this.#walks) {
      if (walk.next === row) walk.next = this.#following(row);
    }
    this.#index.remove(this.hashOf(path), row);
    this.#unlinkSibling(row);
    bytes.remove(rows.int(row, IntField.NAME), rows.int(row, IntField.NAME_LENGTH));
    bytes.remove(rows.int(row, IntField.DATA), rows.int(row, IntField.DATA_LENGTH));
    rows.giveBack(row);
    this.#count--;
    this.removals++;
  }

  /** Returns the hash of a path, a signed 32-bit integer. */
  hashOf(path: string): number {
    let hash = this.#hashSeed;
    for (let at = 0; at < path.length; at++) {
      hash = Math.imul(hash ^ path.charCodeAt(at), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  /**
   * Yields all znodes, parents before children, as one view that moves from each to the next. The table may change
   * between two steps: each znode is yielded as it is at its step, a removed one is not, and one added meanwhile may be
   * or not.
   */
  *walk(): Generator<Znode> {
    const walk: Walk = { next: this.#root };
    this.#walks.add(walk);
    const node = new Znode(this, NONE);
    try {
      for (let row = walk.next; row !== NONE; row = walk.next) {
        walk.next = this.rows.int(row, IntField.FIRST_CHILD) || this.#following(row);
        node.row = row;
        yield node;
      }
    } finally {
      this.#walks.delete(walk);
    }
  }

  /** Returns the row that follows a row and everything below it in a walk. */
  #following(row: number): number {
    const { rows } = this;
    for (let at = row; at !== this.#root; at = rows.int(at, IntField.PARENT)) {
      const next = rows.int(at, IntField.NEXT_SIBLING);
      if (next !== NONE) return next;
    }
    return NONE;
  }

  #shortest(path: string): number {
    return path === "" || path === "/" ? this.#root : NONE;
  }

  #newRow(path: string, nameStart: number, parent: number): number {
    const { rows } = this;
    const row = rows.take();
    const maxBytes = (path.length - nameStart) * BYTES_PER_UNIT;
    if (maxBytes > this.#name.length) this.#name = new Uint8Array(maxBytes);
    const length = encodeName(path, nameStart, this.#name);
    rows.setInt(row, IntField.NAME, this.bytes.put(this.#name, length));
    rows.setInt(row, IntField.NAME_LENGTH, length);
    rows.setInt(row, IntField.PARENT, parent);
    rows.setInt(row, IntField.FIRST_CHILD, NONE);
    rows.setInt(row, IntField.CONTENT_CRC, 0);
    rows.setInt(row, IntField.CRC, 0);
    rows.setInt(row, IntField.DATA_LENGTH, 0);
    this.#count++;
    return row;
  }

  #linkSibling(row: number, parent: number): void {
    const { rows } = this;
    const first = rows.int(parent, IntField.FIRST_CHILD);
    rows.setInt(row, IntField.NEXT_SIBLING, NONE);
    this.#countChild(parent, 1);
    if (first === NONE) {
      rows.setInt(parent, IntField.FIRST_CHILD, row);
      rows.setInt(row, IntField.PREVIOUS_SIBLING, row);
      return;
    }
    const last = rows.int(first, IntField.PREVIOUS_SIBLING);
    rows.setInt(last, IntField.NEXT_SIBLING, row);
    rows.setInt(row, IntField.PREVIOUS_SIBLING, last);
    rows.setInt(first, IntField.PREVIOUS_SIBLING, row);
  }

  #unlinkSibling(row: number): void {
    const { rows } = this;
    const parent = rows.int(row, IntField.PARENT);
    const first = rows.int(parent, IntField.FIRST_CHILD);
    const previous = rows.int(row, IntField.PREVIOUS_SIBLING);
    const next = rows.int(row, IntField.NEXT_SIBLING);
    this.#countChild(parent, -1);
    if (row === first) rows.setInt(parent, IntField.FIRST_CHILD, next);
    else rows.setInt(previous, IntField.NEXT_SIBLING, next);
    if (next !== NONE) rows.setInt(next, IntField.PREVIOUS_SIBLING, previous);
    else if (row !== first) rows.setInt(first, IntField.PREVIOUS_SIBLING, previous);
  }

  #countChild(parent: number, more: number): void {
    const stat = this.rows.statRow(parent);
    this.rows.setInt(stat, StatInt.CHILD_COUNT, this.rows.int(stat, StatInt.CHILD_COUNT) + more);
  }

  #find(path: string, hash: number): number {
    const index = this.#index;
    for (let place = index.start(hash); ; place = index.next(place)) {
      const row = index.rowAt(place);
      if (row === NONE || (index.hashAt(place) === hash && this.#isAt(row, path))) return row;
    }
  }

  /** Returns true if the names from a row up to the root are those of a path. */
  #isAt(row: number, path: string): boolean {
    const { rows, bytes } = this;
    let end = path.length;
    for (let at = row; at !== this.#root; at = rows.int(at, IntField.PARENT)) {
      const slash = path.lastIndexOf("/", end - 1);
      const name = rows.int(at, IntField.NAME);
      const length = rows.int(at, IntField.NAME_LENGTH);
      if (slash === -1 || !isName(bytes.memoryOf(name), bytes.offsetOf(name), length, path, slash + 1, end))
        return false;
      end = slash;
    }
    return end === 0;
  }
}
