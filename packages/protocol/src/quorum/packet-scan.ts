import { ProtocolError } from "../protocol-error.js";
import { packetTypeName } from "./packet-type.js";
import { MIN_ID_BYTES } from "./quorum-packet.js";

const INT_BYTES = 4;

/** Bytes up to the end of the data's length: int type, long zxid, int length. */
const HEAD_BYTES = 16;

/** The int that ends where the bytes needed so far end. */
type Next = "dataLength" | "idCount" | "stringLength" | "nothing";

/**
 * Finds the end of a packet in bytes that arrive in parts, and checks each length as soon as it is there. Everything is counted
 * from the packet's first byte.
 */
export class PacketScan {
  readonly #maxDataBytes: number;
  readonly #maxAuthInfoBytes: number;
  /** Bytes that the packet is known to have; all of them when {@link advance} has returned true. */
  needed = HEAD_BYTES;
  #next: Next = "dataLength";
  /** Start of the identities. */
  #idsStart = 0;
  #stringsLeft = 0;
  #type = 0;

  constructor(maxDataBytes: number, maxAuthInfoBytes: number) {
    this.#maxDataBytes = maxDataBytes;
    this.#maxAuthInfoBytes = maxAuthInfoBytes;
  }

  /** Begins with another packet. */
  reset(): void {
    this.needed = HEAD_BYTES;
    this.#next = "dataLength";
  }

  /** Looks at `bytes[start..start + available)`, in which the packet begins; returns true if it is whole. */
  advance(bytes: Uint8Array, start: number, available: number): boolean {
    while (this.needed <= available) {
      if (this.#next === "nothing") return true;
      this.#take(intAt(bytes, start + this.needed - INT_BYTES), bytes, start);
    }
    return false;
  }

  #take(value: number, bytes: Uint8Array, start: number): void {
    switch (this.#next) {
      case "dataLength":
        this.#type = intAt(bytes, start);
        this.needed += this.#lengthOf(value, "data", 0, this.#maxDataBytes) + INT_BYTES;
        this.#next = "idCount";
        break;
      case "idCount":
        this.#idsStart = this.needed;
        this.#stringsLeft = 2 * this.#countOf(value);
        this.#toNextString();
        break;
      case "stringLength":
        this.needed += this.#lengthOf(value, "authInfo", this.needed - this.#idsStart, this.#maxAuthInfoBytes);
        this.#stringsLeft--;
        this.#toNextString();
        break;
    }
  }

  #toNextString(): void {
    if (this.#stringsLeft === 0) {
      this.#next = "nothing";
    } else {
      this.needed += INT_BYTES;
      this.#next = "stringLength";
    }
  }

  /** Returns the number of bytes that follow a length, 0 for null. With the bytes before them they must fit into `max`. */
  #lengthOf(value: number, part: string, before: number, max: number): number {
    if (value < -1) throw this.#refusal("malformed", `a length of ${value} in the ${part}`);
    const length = Math.max(value, 0);
    const total = before + length;
    if (total > max) throw this.#refusal("oversized", `${part} of ${total} bytes or more, where ${max} are allowed,`);
    return length;
  }

  #countOf(value: number): number {
    if (value < -1) throw this.#refusal("malformed", `${value} identities`);
    const count = Math.max(value, 0);
    const max = Math.floor(this.#maxAuthInfoBytes / MIN_ID_BYTES);
    if (count > max) throw this.#refusal("oversized", `${count} identities, where ${max} fit into the authInfo,`);
    return count;
  }

  #refusal(reason: "malformed" | "oversized", text: string): ProtocolError {
    return new ProtocolError(reason, `${text} of a packet ${packetTypeName(this.#type) ?? `of type ${this.#type}`}`);
  }
}

function intAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
