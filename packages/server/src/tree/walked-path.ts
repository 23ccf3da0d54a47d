import type { JuteWriter } from "@conclave/protocol";
import { decodeName } from "./node-name.js";
import type { Znode } from "./znode.js";
import { IntField } from "./znode-rows.js";
import type { ZnodeTable } from "./znode-table.js";

const SLASH = 0x2f;

/**
 * Path of the znode at which a walk is, as UTF-8. Siblings follow each other in a walk, so the path of their parent is
 * usually there already.
 */
export class WalkedPath {
  readonly #table: ZnodeTable;
  #bytes = new Uint8Array(1024);
  #length = 0;
  /** The znode with the path that the bytes begin with, and the length of that path. */
  #parent = 0;
  #parentLength = 0;
  /** With one more the parent's row may be another znode's. */
  #removals = 0;

  constructor(table: ZnodeTable) {
    this.#table = table;
  }

  /** It is this znode's from now on. */
  moveTo({ row }: Znode): void {
    const { rows, removals } = this.#table;
    const parent = rows.int(row, IntField.PARENT);
    if (parent !== this.#parent || removals !== this.#removals) {
      this.#length = 0;
      this.#append(parent);
      this.#parent = parent;
      this.#parentLength = this.#length;
      this.#removals = removals;
    }
    this.#length = this.#parentLength;
    this.#appendName(row, parent);
  }

  /** Writes the path; that of the root is empty. */
  write(out: JuteWriter): void {
    out.writeSlice(this.#bytes, 0, this.#length);
  }

  toString(): string {
    return decodeName(this.#bytes, 0, this.#length);
  }

  #append(row: number): void {
    const parent = row === 0 ? 0 : this.#table.rows.int(row, IntField.PARENT);
    if (parent !== 0) this.#append(parent);
    this.#appendName(row, parent);
  }

  #appendName(row: number, parent: number): void {
    if (parent === 0) return; // the root, or the level above it
    const { rows, bytes } = this.#table;
    const place = rows.int(row, IntField.NAME);
    const length = rows.int(row, IntField.NAME_LENGTH);
    const memory = bytes.memoryOf(place);
    const offset = bytes.offsetOf(place);
    if (this.#length + length >= this.#bytes.length) this.#grow(length);
    const path = this.#bytes;
    path[this.#length++] = SLASH;
    for (let at = 0; at < length; at++) path[this.#length++] = memory[offset + at]!;
  }

  #grow(more: number): void {
    const grown = new Uint8Array(2 * (this.#bytes.length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
