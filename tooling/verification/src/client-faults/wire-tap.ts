import {
  type ConnectRequest,
  type ConnectResponse,
  JuteReader,
  readConnectRequest,
  readConnectResponse,
} from "@conclave/protocol";
import { type Random, randomInt } from "@conclave/runtime";
import type { Corruption } from "@conclave/testing";

/** Ways to spoil a reply, all of which a client can notice. */
export type Spoiling =
  | "wrong xid"
  | "told twice"
  | "negative length"
  | "too long"
  | "cut short"
  | "endless"
  | "garbage behind";

const LENGTH_BYTES = 4;

/**
 * Sits on the wire of one client: knows its session from the handshakes, and spoils a reply where it is told to. A server
 * that is merely slow or gone never sends such bytes; a middlebox, a wrong port or a broken peer does.
 */
export class WireTap {
  readonly #random: Random;
  readonly #onHandshake: (request: ConnectRequest) => void;
  #session: ConnectResponse | undefined;
  #spoiling: { readonly how: Spoiling; readonly fromIndex: number; readonly done: () => void } | undefined;

  constructor(random: Random, onHandshake: (request: ConnectRequest) => void) {
    this.#random = random;
    this.#onHandshake = onHandshake;
  }

  /** The session that was granted last, with its password. */
  get session(): ConnectResponse | undefined {
    return this.#session;
  }

  /**
   * Spoils the next thing that the server says, once, and calls `done`. With `fromIndex` 0 that may be the answer to a
   * handshake; with 1 it comes behind one.
   */
  spoil(how: Spoiling, fromIndex: 0 | 1, done: () => void): void {
    this.#spoiling = { how, fromIndex, done };
  }

  /** Takes {@link spoil} back. */
  spare(): void {
    this.#spoiling = undefined;
  }

  /** For `FaultProxy.corrupt`. */
  readonly change: Corruption = (bytes, direction, index) => {
    if (index === 0) this.#listen(bytes, direction === "requests");
    return direction === "replies" ? this.#spoilt(bytes, index) : bytes;
  };

  #listen(bytes: Buffer, isRequest: boolean): void {
    const input = new JuteReader().reset(bytes, LENGTH_BYTES, bytes.length);
    if (isRequest) this.#onHandshake(readConnectRequest(input));
    else {
      const response = readConnectResponse(input);
      if (response.timeoutMs > 0) this.#session = response;
    }
  }

  #spoilt(bytes: Buffer, index: number): Uint8Array {
    if (this.#spoiling === undefined || index < this.#spoiling.fromIndex) return bytes;
    const { how, done } = this.#spoiling;
    // Only what answers an operation has an xid that can be wrong.
    if ((how === "wrong xid" || how === "told twice") && (index === 0 || bytes.readInt32BE(LENGTH_BYTES) < 0)) {
      return bytes;
    }
    this.#spoiling = undefined;
    done();
    return spoilings[how](bytes, this.#random);
  }
}

const spoilings: { readonly [S in Spoiling]: (frame: Buffer, random: Random) => Uint8Array } = {
  "wrong xid": (frame) => {
    const wrong = Buffer.from(frame);
    wrong.writeInt32BE(frame.readInt32BE(LENGTH_BYTES) + 1_000_000, LENGTH_BYTES);
    return wrong;
  },
  "told twice": (frame) => Buffer.concat([frame, frame]),
  "negative length": (frame, random) =>
    Buffer.concat([lengthOf(-1 - randomInt(random, 2 ** 30)), noise(random), frame]),
  "too long": (frame, random) => Buffer.concat([lengthOf(2 ** 30 + randomInt(random, 2 ** 29)), noise(random), frame]),
  "cut short": (frame) => Buffer.concat([lengthOf(4), frame.subarray(LENGTH_BYTES, 2 * LENGTH_BYTES), frame]),
  // In one piece with what is sound: what a client does on reading that is not sent yet when the rest is read.
  "garbage behind": (frame) => Buffer.concat([frame, lengthOf(-1)]),
  // A length that may be, of a frame that does not come: what follows is taken for a part of it.
  endless: (frame, random) => Buffer.concat([lengthOf(10_000_000), noise(random), frame]),
};

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeInt32BE(length);
  return bytes;
}

function noise(random: Random): Uint8Array {
  return random.bytes(randomInt(random, 64));
}
