import { FrameDecoder } from "@conclave/protocol";
import type { ReplyListener } from "./connection-options.js";
import type { Unanswered } from "./unanswered.js";

/**
 * Number of bytes of an incomplete reply that count as a sign of life, so that a large reply may arrive slowly. If a
 * malformed length announces a long frame, the answers to pings, which are all that an idle server sends, stay far below.
 */
const PROGRESS_BYTES = 64 * 1024;
/** int xid, long zxid, int err. */
const REPLY_HEADER_BYTES = 16;

/**
 * Receives a frame, from `start` to `end` of `bytes`, which may be overwritten after the call. `length` is its length on
 * the wire: a reply that is too long is passed on without its body.
 */
export type OnFrame = (bytes: Uint8Array, start: number, end: number, length: number) => void;

/** Options of an {@link InputGate}. */
export interface InputGateOptions {
  /** Length from which on a frame is passed on without its body. */
  readonly maxFrameBytes: number;
  readonly listener: ReplyListener;
  readonly unanswered: Unanswered;
  /** Returns true while the session is attached. */
  readonly isServing: () => boolean;
  /** Returns the send time of the newest unanswered request, a handshake included. */
  readonly newestUnansweredMs: () => number;
  readonly onFrame: OnFrame;
  /** Called when a whole frame, or a large part of one, has arrived. */
  readonly onProgress: () => void;
}

/** Frames that arrived after the session's deadline; copies, because the socket's buffer is reused. */
interface LateFrame {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/**
 * Turns the bytes of a connection into frames. Frames that arrive after the session's deadline are held until the session
 * is judged.
 */
export class InputGate {
  readonly #options: InputGateOptions;
  readonly #decoder: FrameDecoder;
  /** True if the current bytes complete a frame. Bytes alone do not show that the server is well (heartbeat.ts). */
  #hasFrame = false;
  /** Bytes received since the last sign of life. */
  #unfinishedBytes = 0;
  #late: LateFrame[] | undefined;

  constructor(options: InputGateOptions) {
    this.#options = options;
    this.#decoder = new FrameDecoder({ maxFrameBytes: options.maxFrameBytes });
  }

  /** From now on, passes on only the header of a reply that is too long, instead of throwing. */
  cutLongReplies(): void {
    this.#decoder.cutLongFrames(REPLY_HEADER_BYTES);
  }

  /** From now on, passes on frames of up to `bytes` bytes with their bodies. */
  acceptUpTo(bytes: number): void {
    this.#decoder.raiseLimit(bytes);
  }

  /** Reads bytes of the socket. Throws if they, or a frame in them, are malformed. */
  push(bytes: Uint8Array): void {
    this.#hasFrame = false;
    this.#unfinishedBytes += bytes.length;
    try {
      if (this.#late !== undefined || this.#options.listener.isOverdue()) this.#pushLate(bytes);
      else this.#decoder.push(bytes, this.#onFrame);
    } finally {
      if (this.#hasFrame || this.#unfinishedBytes >= PROGRESS_BYTES) {
        this.#unfinishedBytes = 0;
        this.#options.onProgress();
      }
    }
  }

  /**
   * Reads bytes that arrive after the session's deadline, as after a stall of this process. No frame is delivered
   * before the session is judged: the session continues if the frames answer a request that was sent late enough, and
   * it expires if no answer can prove it alive any more. Otherwise the frames are held, for at most one turn of the
   * event loop (SessionClock).
   */
  #pushLate(bytes: Uint8Array): void {
    const { listener, unanswered, isServing, newestUnansweredMs } = this.#options;
    if (listener.isOverdue(newestUnansweredMs())) listener.compareClock();
    if (!isServing()) {
      this.#decoder.push(bytes, this.#onFrame);
      return;
    }
    this.#late ??= [];
    const late = this.#late;
    this.#decoder.push(bytes, (buffer, start, end, length) => {
      this.#hasFrame = true;
      late.push({ bytes: new Uint8Array(buffer.subarray(start, end)), length });
    });
    const answeredMs = unanswered.newestAnsweredMs(late.map((frame) => frame.bytes));
    if (answeredMs !== undefined) listener.answered(answeredMs, 0, 0);
    if (listener.isOverdue()) return;
    this.#late = undefined;
    for (const frame of late) this.#onFrame(frame.bytes, 0, frame.bytes.length, frame.length);
  }

  readonly #onFrame: OnFrame = (bytes, start, end, length) => {
    this.#hasFrame = true;
    this.#options.onFrame(bytes, start, end, length);
  };
}
