import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import {
  type ConnectRequest,
  type ConnectResponse,
  ErrorCode,
  FrameDecoder,
  JuteReader,
  JuteWriter,
  type Operation,
  type ReplyHeader,
  readConnectResponse,
  readReplyHeader,
  writeConnectRequest,
  writeRequestHeader,
} from "@conclave/protocol";

/** A client that sends given frames and keeps those that it receives. */
export class Wire {
  readonly #socket: Socket;
  readonly #decoder = new FrameDecoder({ maxFrameBytes: 2 ** 21 });
  readonly #frames: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;
  /** Resolves when TCP is connected. */
  readonly isConnected: Promise<void>;

  /** @param tls how to speak TLS, if at all */
  constructor(port: number, tls?: ConnectionOptions) {
    const where = { port, host: "127.0.0.1" };
    this.#socket = tls === undefined ? connect(where) : connectTls({ ...where, ...tls });
    this.#socket.on("error", () => {});
    this.isConnected = new Promise((resolve) => this.#socket.once("connect", () => resolve()));
    this.closed = new Promise((resolve) => this.#socket.once("close", () => resolve()));
    this.#socket.on("data", (chunk: Buffer) => {
      this.#decoder.push(chunk, (bytes, start, end) => {
        this.#frames.push(Uint8Array.from(bytes.subarray(start, end)));
      });
      this.#wake?.();
    });
  }

  raw(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  /** The next frame; rejects if the connection ends first. */
  async frame(): Promise<JuteReader> {
    while (this.#frames.length === 0) {
      const arrived = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const ended = this.closed.then(() => {
        if (this.#frames.length === 0) throw new Error("the connection ended");
      });
      await Promise.race([arrived, ended]);
    }
    return new JuteReader(this.#frames.shift()!);
  }

  /** All that comes until the server closes, as text: the answer to a four-letter word. */
  async text(): Promise<string> {
    this.#socket.removeAllListeners("data");
    let text = "";
    this.#socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    await this.closed;
    return text;
  }

  async connect(request: Partial<ConnectRequest> = {}): Promise<ConnectResponse> {
    this.raw(connectFrame(request));
    return readConnectResponse(await this.frame());
  }

  send<Q>(operation: Pick<Operation<Q, unknown>, "type" | "writeRequest">, request: Q, xid = 1): void {
    this.raw(requestFrame(operation, request, xid));
  }

  async reply(): Promise<ReplyHeader & { body: JuteReader }> {
    const body = await this.frame();
    return { ...readReplyHeader(body), body };
  }

  async call<Q, R>(
    operation: Operation<Q, R, never>,
    request: Q,
    xid = 1,
  ): Promise<{ err: number; zxid: bigint; response?: R }> {
    this.send(operation, request, xid);
    const { err, zxid, body, xid: answered } = await this.reply();
    if (answered !== xid) throw new Error(`a reply with the xid ${answered}, where ${xid} is expected`);
    return err === ErrorCode.OK ? { err, zxid, response: operation.readResponse(body) } : { err, zxid };
  }

  /** Stops reading until {@link resume}; the server's output fills the buffers of the connection. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Returns a framed ConnectRequest for a new session, with the given changes. */
export function connectFrame(request: Partial<ConnectRequest>): Uint8Array {
  const out = new JuteWriter();
  out.beginFrame();
  const password = new Uint8Array(16);
  writeConnectRequest(out, {
    ...{ protocolVersion: 0, lastZxidSeen: 0n, timeoutMs: 10_000, sessionId: 0n, password, readOnly: false },
    ...request,
  });
  out.endFrame();
  return out.take();
}

/** A framed request with its header. */
export function requestFrame<Q>(
  operation: Pick<Operation<Q, unknown>, "type" | "writeRequest">,
  request: Q,
  xid: number,
): Uint8Array {
  const out = new JuteWriter();
  out.beginFrame();
  writeRequestHeader(out, xid, operation.type);
  operation.writeRequest(out, request);
  out.endFrame();
  return out.take();
}
