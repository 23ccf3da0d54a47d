import {
  type ConnectRequest,
  type ConnectResponse,
  JuteReader,
  readConnectRequest,
  readConnectResponse,
} from "@conclave/protocol";
import { type Random, randomInt } from "@conclave/runtime";
import type { Corruption } from "@conclave/testing";

/** Kinds of corrupted replies, all of which a client can detect. */
export type CorruptionKind =
  | "wrong xid"
  | "sent twice"
  | "negative length"
  | "too long"
  | "cut short"
  | "endless"
  | "garbage appended";

const LENGTH_BYTES = 4;

/**
 * Reads the frames of one client: knows its session from the handshakes, and corrupts a reply on request. A slow or stopped
 * server never sends such bytes; a middlebox, a wrong port or a broken peer does.
 */
export class WireTap {
  readonly #random: Random;
  readonly #onHandshake: (request: ConnectRequest) => void;
  #session: ConnectResponse | undefined;
  #pending: { readonly kind: CorruptionKind; readonly fromIndex: number; readonly done: () => void } | undefined;

  constructor(random: Random, onHandshake: (request: ConnectRequest) => void) {
    this.#random = random;
    this.#onHandshake = onHandshake;
  }

  /** Session granted last, with its password. */
  get session(): ConnectResponse | undefined {
    return this.#session;
  }

  /** Corrupts the next reply of the server, once, and calls `done`. With `fromIndex` 0, it may be the reply to a handshake. */
  corruptNext(kind: CorruptionKind, fromIndex: 0 | 1, done: () => void): void {
    this.#pending = { kind, fromIndex, done };
  }

  /** Cancels {@link corruptNext}. */
  cancel(): void {
    this.#pending = undefined;
  }

  /** For `FaultProxy.corrupt`. */
  readonly change: Corruption = (bytes, direction, index) => {
    // A client may ask for the server's version (`srvr`) on a connection of its own.
    if (!isFrame(bytes)) return bytes;
    if (index === 0) this.#readHandshake(bytes, direction === "requests");
    return direction === "replies" ? this.#corrupted(bytes, index) : bytes;
  };

  #readHandshake(bytes: Buffer, isRequest: boolean): void {
    const input = new JuteReader().reset(bytes, LENGTH_BYTES, bytes.length);
    if (isRequest) this.#onHandshake(readConnectRequest(input));
    else {
      const response = readConnectResponse(input);
      if (response.timeoutMs > 0) this.#session = response;
    }
  }

  #corrupted(bytes: Buffer, index: number): Uint8Array {
    if (this.#pending === undefined || index < this.#pending.fromIndex) return bytes;
    const { kind, done } = this.#pending;
    // Only replies to operations have an xid that can be wrong.
    if ((kind === "wrong xid" || kind === "sent twice") && (index === 0 || bytes.readInt32BE(LENGTH_BYTES) < 0)) {
      return bytes;
    }
    this.#pending = undefined;
    done();
    return corruptions[kind](bytes, this.#random);
  }
}

const corruptions: { readonly [S in CorruptionKind]: (frame: Buffer, random: Random) => Uint8Array } = {
  "wrong xid": (frame) => {
    const wrong = Buffer.from(frame);
    wrong.writeInt32BE(frame.readInt32BE(LENGTH_BYTES) + 1_000_000, LENGTH_BYTES);
    return wrong;
  },
  "sent twice": (frame) => Buffer.concat([frame, frame]),
  "negative length": (frame, random) =>
    Buffer.concat([lengthOf(-1 - randomInt(random, 2 ** 30)), noise(random), frame]),
  "too long": (frame, random) => Buffer.concat([lengthOf(2 ** 30 + randomInt(random, 2 ** 29)), noise(random), frame]),
  "cut short": (frame) => Buffer.concat([lengthOf(4), frame.subarray(LENGTH_BYTES, 2 * LENGTH_BYTES), frame]),
  // In one chunk with the valid frame: the requests that the client sends on reading it are not sent yet.
  "garbage appended": (frame) => Buffer.concat([frame, lengthOf(-1)]),
  // A valid length of a frame that never ends: all later frames are taken for a part of it.
  endless: (frame, random) => Buffer.concat([lengthOf(10_000_000), noise(random), frame]),
};

function isFrame(bytes: Buffer): boolean {
  return bytes.length >= LENGTH_BYTES && bytes.readInt32BE(0) === bytes.length - LENGTH_BYTES;
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeInt32BE(length);
  return bytes;
}

function noise(random: Random): Uint8Array {
  return random.bytes(randomInt(random, 64));
}
