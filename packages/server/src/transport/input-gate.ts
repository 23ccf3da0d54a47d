import { FrameDecoder } from "@conclave/protocol";
import type { LargeRequests } from "./large-requests.js";

const WORD_BYTES = 4;
/** Maximum size of held frames: enough to notice the pings among them. */
const MAX_HELD_BYTES = 1024 * 1024;
/** Memory of a waiting request in addition to its bytes; most of it for a small one. */
export const HELD_OVERHEAD_BYTES = 512;

/** A frame that waits to be handled. */
export interface HeldFrame {
  readonly bytes: Uint8Array;
  /** Time at which it began to wait, on the monotonic clock; `undefined` if requests are not throttled. */
  readonly since: number | undefined;
}

/** Recognises monitoring commands. */
interface Commands {
  /** Returns the length in bytes of a command that begins with these four letters; `undefined` if they are none. */
  commandLength(word: string): number | undefined;
}

/** Input of a connection: a monitoring command or frames, and the frames that cannot be handled yet. */
export class InputGate {
  readonly #decoder: FrameDecoder;
  readonly #largeRequests: LargeRequests;
  /** First bytes of the connection, until they show if it begins with a command; `undefined` then. */
  #first: Uint8Array | undefined = new Uint8Array(0);
  #held: HeldFrame[] = [];
  /** Index of the first held frame. */
  #head = 0;
  #heldBytes = 0;
  /** Bytes of an unfinished frame that are counted as a large request. */
  #gathered = 0;

  constructor(maxFrameBytes: number, largeRequests: LargeRequests) {
    this.#decoder = new FrameDecoder({ maxFrameBytes });
    this.#largeRequests = largeRequests;
  }

  /**
   * Decodes a chunk and calls `onFrame` for each whole frame. Returns the command if the connection begins with one; then
   * nothing more is read. Throws `ProtocolError` for an invalid length, and if large requests exceed their limit.
   */
  push(
    chunk: Uint8Array,
    commands: Commands,
    onFrame: (bytes: Uint8Array, start: number, end: number) => void,
  ): Uint8Array | undefined {
    let rest: Uint8Array | undefined = chunk;
    if (this.#first !== undefined) {
      const bytes = this.#first.length === 0 ? chunk : Buffer.concat([this.#first, chunk]);
      const length = commandLengthOf(bytes, commands);
      if (length !== undefined && bytes.length >= length) return bytes.subarray(0, length);
      this.#first = length === undefined ? undefined : Uint8Array.from(bytes);
      rest = length === undefined ? bytes : undefined;
    }
    if (rest !== undefined) this.#decoder.push(rest, onFrame);
    this.#countGathered();
    return undefined;
  }

  /** Number of held frames. */
  get held(): number {
    return this.#held.length - this.#head;
  }

  /** True if held frames take so much memory that no more should be read. */
  get isFull(): boolean {
    return this.#heldBytes > MAX_HELD_BYTES;
  }

  /** Keeps a copy of a frame until {@link release}. */
  hold(bytes: Uint8Array, start: number, end: number, since: number | undefined): void {
    this.#held.push({ bytes: Uint8Array.prototype.slice.call(bytes, start, end), since });
    this.#heldBytes += end - start + HELD_OVERHEAD_BYTES;
  }

  /** Removes and returns the first held frame. Only while there is one. */
  release(): HeldFrame {
    const frame = this.#held[this.#head++]!;
    this.#heldBytes -= frame.bytes.length + HELD_OVERHEAD_BYTES;
    if (this.#head === this.#held.length) {
      this.#held = [];
      this.#head = 0;
    }
    return frame;
  }

  /** Ends the count of a frame that is whole; called at the beginning of `onFrame`, and when the connection ends. */
  frameDone(): void {
    if (this.#gathered === 0) return;
    this.#largeRequests.change(this.#gathered, 0);
    this.#gathered = 0;
  }

  /** Counts the bytes of an unfinished frame among the large requests. */
  #countGathered(): void {
    const { buffered } = this.#decoder;
    if (buffered === this.#gathered) return;
    this.#largeRequests.change(this.#gathered, buffered);
    this.#gathered = buffered;
  }
}

/** Returns the number of bytes to wait for: those of a word, or of the command; `undefined` if it is not a command. */
function commandLengthOf(bytes: Uint8Array, commands: Commands): number | undefined {
  if (bytes.length < WORD_BYTES) return WORD_BYTES;
  return commands.commandLength(String.fromCharCode(...bytes.subarray(0, WORD_BYTES)));
}
