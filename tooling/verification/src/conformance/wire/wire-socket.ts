import { connect, type Socket } from "node:net";

import { onAbort } from "@conclave/runtime";
import { WAIT_LIMIT_MS } from "@conclave/testing";

/** Connection that reads and writes frames: an int with the length, then the bytes. */
export class WireSocket {
  readonly #socket: Socket;
  #unread: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  /** @param address `host:port` */
  constructor(address: string) {
    const colon = address.lastIndexOf(":");
    this.#socket = connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true });
    this.#socket.on("error", () => {}); // The event "close" follows.
    this.#socket.on("close", () => {
      this.#ended = true;
      this.#wake?.();
    });
    this.#socket.on("data", (chunk: Buffer) => {
      this.#unread = Buffer.concat([this.#unread, chunk]);
      this.#wake?.();
    });
  }

  /** Sends bytes as they are. */
  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends a frame. */
  sendFrame(bytes: Uint8Array): void {
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    this.#socket.write(Buffer.concat([length, bytes]));
  }

  /**
   * Resolves with the next frame without its length, or undefined when the server has closed the connection. Rejects after
   * `WAIT_LIMIT_MS` without either.
   */
  async nextFrame(): Promise<Buffer | undefined> {
    const deadline = AbortSignal.timeout(WAIT_LIMIT_MS);
    for (;;) {
      const length = this.#unread.length < 4 ? Number.POSITIVE_INFINITY : 4 + this.#unread.readInt32BE();
      if (this.#unread.length >= length) {
        const frame = this.#unread.subarray(4, length);
        this.#unread = this.#unread.subarray(length);
        return frame;
      }
      if (this.#ended) return undefined;
      await this.#news(deadline);
    }
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #news(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const removeCallback = onAbort(deadline, () =>
        reject(new Error(`the server neither answered nor closed the connection within ${WAIT_LIMIT_MS} ms`)),
      );
      this.#wake = () => {
        removeCallback();
        resolve();
      };
    });
  }
}
