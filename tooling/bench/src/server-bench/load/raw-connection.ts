import { connect, type Socket } from "node:net";
import { FrameDecoder, JuteReader, type OnFrame, readConnectResponse } from "@conclave/protocol";
import { onAbort } from "@conclave/runtime";
import { HANDSHAKE } from "./request-frames.ts";

const MAX_FRAME_BYTES = 1024 * 1024;
const LENGTH_BYTES = 4;
/** Shared read buffer of all connections: the bytes of one read are counted before the next read. */
const SHARED_BUFFER = Buffer.allocUnsafe(256 * 1024);

/** A session with the least possible work: it sends bytes as they are, and passes frames on as they arrive. */
export class RawConnection {
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder({ maxFrameBytes: MAX_FRAME_BYTES });
  /** Called with each frame. */
  onFrame: OnFrame = () => {};
  /** Called after the frames of one read. */
  onRead: () => void = () => {};
  /** Called when the connection ends before {@link destroy}. */
  onLost: (error: Error) => void = () => {};
  #isOpen = true;

  private constructor(port: number) {
    const handOver: OnFrame = (bytes, start, end, size) => this.onFrame(bytes, start, end, size);
    const callback = (length: number, buffer: Uint8Array): boolean => {
      try {
        if (this.#decoder.buffered === 0 && int32(buffer, 0) === length - LENGTH_BYTES) {
          this.onFrame(buffer, LENGTH_BYTES, length, length - LENGTH_BYTES); // The usual case, one whole frame, needs no view of it.
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

  /** Connects and opens a session. Rejects if the server refuses, or when `signal` aborts. */
  static open(port: number, signal?: AbortSignal): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const connection = new RawConnection(port);
      const removeCallback = onAbort(signal, () => {
        connection.destroy();
        reject(signal?.reason);
      });
      connection.onLost = reject;
      connection.onFrame = (bytes, start, end) => {
        removeCallback();
        connection.onFrame = () => {};
        if (readConnectResponse(new JuteReader(bytes, start, end)).timeoutMs > 0) resolve(connection);
        else reject(new Error("the server refused to open a session"));
      };
      connection.write(HANDSHAKE);
    });
  }

  /** Sends bytes, which must not change until they are answered. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends one frame while no other is in flight. Resolves when it is answered; rejects with the error code. */
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

  /** Resets the connection, which leaves no port in TIME_WAIT. */
  destroy(): void {
    this.#isOpen = false;
    this.#socket.resetAndDestroy();
  }

  #lose(error: Error): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.onLost(error);
  }
}

/** Returns the error code of a reply or event: int xid, long zxid, int err. */
export function errorOf(bytes: Uint8Array, start: number): number {
  return int32(bytes, start + 12);
}

function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
