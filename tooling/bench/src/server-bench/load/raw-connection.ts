import { connect, type Socket } from "node:net";
import { FrameDecoder, JuteReader, type OnFrame, readConnectResponse } from "@conclave/protocol";
import { HANDSHAKE } from "./request-frames.ts";

const MAX_FRAME_BYTES = 1024 * 1024;
const LENGTH_BYTES = 4;
/** All connections read into the same buffer: what one has read is counted before the next one reads. */
const SHARED_BUFFER = Buffer.allocUnsafe(256 * 1024);

/** A session that does as little as can be: bytes out as they are given, frames in as they come. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder({ maxFrameBytes: MAX_FRAME_BYTES });
  /** Called with each frame. */
  onFrame: OnFrame = () => {};
  /** Called after the frames of one read. */
  onRead: () => void = () => {};
  /** Called when the connection ends before {@link destroy}. */
  onLost: (error: Error) => void = () => {};
  #isWanted = true;

  private constructor(port: number) {
    const handOver: OnFrame = (bytes, start, end, size) => this.onFrame(bytes, start, end, size);
    const callback = (length: number, buffer: Uint8Array): boolean => {
      try {
        if (this.#decoder.buffered === 0 && int32(buffer, 0) === length - LENGTH_BYTES) {
          this.onFrame(buffer, LENGTH_BYTES, length, length - LENGTH_BYTES); // one whole frame, as mostly: without a view of it
        } else {
          this.#decoder.push(buffer.subarray(0, length), handOver);
        }
        this.onRead();
      } catch (error) {
        this.#lose(error as Error);
        this.#socket.destroy();
      }
      return true;
    };
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true, onread: { buffer: SHARED_BUFFER, callback } });
    this.#socket.on("error", (error) => this.#lose(error));
    this.#socket.on("close", () => this.#lose(new Error("the server closed the connection")));
  }

  /** Connects and opens a session. Rejects when the server does not want it, or when `signal` aborts. */
  static open(port: number, signal?: AbortSignal): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const connection = new RawConnection(port);
      const abort = (): void => {
        connection.destroy();
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      connection.onLost = reject;
      connection.onFrame = (bytes, start, end) => {
        signal?.removeEventListener("abort", abort);
        connection.onFrame = () => {};
        if (readConnectResponse(new JuteReader(bytes, start, end)).timeoutMs > 0) resolve(connection);
        else reject(new Error("the server does not open a session"));
      };
      connection.write(HANDSHAKE);
    });
  }

  /** The bytes must stay as they are until they are answered. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends one frame while nothing else is asked, and resolves when it is answered. Rejects with the error code. */
  ask(frame: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.onLost = reject;
      this.onFrame = (bytes, start) => {
        const err = errorOf(bytes, start);
        if (err === 0) resolve();
        else reject(new Error(`the server answers with error ${err}`));
      };
      this.write(frame);
    });
  }

  /** Closes without the state in which TCP keeps a port for a minute. */
  destroy(): void {
    this.#isWanted = false;
    this.#socket.resetAndDestroy();
  }

  #lose(error: Error): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.onLost(error);
  }
}

/** Of a frame that is a reply or an event: int xid, long zxid, int err. */
export function errorOf(bytes: Uint8Array, start: number): number {
  return int32(bytes, start + 12);
}

function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
