import type { EncodedStrings, JuteWriter } from "@conclave/protocol";
import type { ByteStore } from "./byte-store.js";
import { IntField, StatInt, type ZnodeRows } from "./znode-rows.js";

/**
 * The names of a znode's children, in the order in which they were made. They are written as they are kept, without a
 * string of each: there may be thousands, and each of thousands may ask for all. Good until the tree changes.
 */
export class ChildNames implements EncodedStrings {
  readonly #rows: ZnodeRows;
  readonly #bytes: ByteStore;
  readonly #parent: number;

  constructor(rows: ZnodeRows, bytes: ByteStore, parent: number) {
    this.#rows = rows;
    this.#bytes = bytes;
    this.#parent = parent;
  }

  get length(): number {
    return this.#rows.statInt(this.#parent, StatInt.CHILD_COUNT);
  }

  /** Bytes of all names together. */
  get byteLength(): number {
    const rows = this.#rows;
    let bytes = 0;
    for (let row = this.#first; row !== 0; row = rows.int(row, IntField.NEXT_SIBLING)) {
      bytes += rows.int(row, IntField.NAME_LENGTH);
    }
    return bytes;
  }

  writeEach(out: JuteWriter): void {
    const rows = this.#rows;
    const bytes = this.#bytes;
    for (let row = this.#first; row !== 0; row = rows.int(row, IntField.NEXT_SIBLING)) {
      const place = rows.int(row, IntField.NAME);
      out.writeSlice(bytes.memoryOf(place), bytes.offsetOf(place), rows.int(row, IntField.NAME_LENGTH));
    }
  }

  get #first(): number {
    return this.#rows.int(this.#parent, IntField.FIRST_CHILD);
  }
}
