import type { Socket } from "node:net";
import {
  type ConnectRequest,
  ErrorCode,
  FrameDecoder,
  JuteReader,
  JuteWriter,
  OpCode,
  readConnectRequest,
  writeConnectResponse,
  writeReplyHeader,
  writeWatcherEvent,
  Xid,
} from "@conclave/protocol";

import { LONG_SESSION_MS } from "./long-session.js";

/** Received request. */
export interface ReceivedRequest {
  readonly xid: number;
  readonly type: number;
  /** Positioned at the body. */
  readonly body: JuteReader;
}

export interface Answer {
  readonly zxid?: bigint;
  readonly errno?: number;
  readonly write?: (out: JuteWriter) => void;
}

/** Server side of one connection. */
export class ScriptedPeer {
  readonly #socket: Socket;
  readonly #frames: Uint8Array[] = [];
  readonly #wanted: ((frame: Uint8Array) => void)[] = [];
  /** Resolves when the client has closed the connection. */
  readonly closed: Promise<void>;

  constructor(socket: Socket) {
    this.#socket = socket;
    const decoder = new FrameDecoder({ maxFrameBytes: 16 * 1024 * 1024 });
    socket.on("data", (chunk: Buffer) => {
      decoder.push(chunk, (bytes, start, end) => {
        const frame = Uint8Array.from(bytes.subarray(start, end));
        const take = this.#wanted.shift();
        if (take === undefined) this.#frames.push(frame);
        else take(frame);
      });
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => socket.on("close", () => resolve()));
  }

  /** Number of received frames that the test has not read. */
  get unread(): number {
    return this.#frames.length;
  }

  async handshake(): Promise<ConnectRequest> {
    return readConnectRequest(new JuteReader(await this.#frame()));
  }

  /** Returns the next request that is not a ping; answers pings before it. */
  async request(): Promise<ReceivedRequest> {
    for (;;) {
      const request = await this.anyRequest();
      if (request.type !== OpCode.ping) return request;
      this.reply(request.xid);
    }
  }

  async anyRequest(): Promise<ReceivedRequest> {
    const body = new JuteReader(await this.#frame());
    return { xid: body.readInt(), type: body.readInt(), body };
  }

  /** Accepts the handshake. */
  accept({
    sessionId = 0x77n,
    timeoutMs = LONG_SESSION_MS,
    password = new Uint8Array(16).fill(7),
    readOnly = false,
  } = {}): void {
    this.#send((out) => writeConnectResponse(out, { protocolVersion: 0, timeoutMs, sessionId, password, readOnly }));
  }

  /** Answers the handshake with a session-expired response, as a server does. */
  refuse(): void {
    this.accept({ sessionId: 0n, timeoutMs: 0, password: new Uint8Array(16) });
  }

  reply(xid: number, answer: Answer = {}): void {
    this.#socket.write(this.encode(xid, answer));
  }

  /** Returns the bytes that `reply` would send. */
  encode(xid: number, { zxid = 1n, errno = ErrorCode.OK, write }: Answer = {}): Uint8Array {
    return framed((out) => {
      writeReplyHeader(out, xid, zxid, errno);
      write?.(out);
    });
  }

  /** Sends a watch event. Servers before 3.9 send -1 as its zxid, later ones the transaction that caused it. */
  notify(type: number, path: string, zxid = -1n): void {
    this.#send((out) => {
      writeReplyHeader(out, Xid.notification, zxid, ErrorCode.OK);
      writeWatcherEvent(out, { type, state: 3, path });
    });
  }

  /** Sends raw bytes. */
  raw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends all replies of `during` in one write. */
  atOnce(during: () => void): void {
    this.#socket.cork();
    during();
    this.#socket.uncork();
  }

  /** Closes the connection. */
  hangUp(): void {
    this.#socket.destroy();
  }

  #send(write: (out: JuteWriter) => void): void {
    this.#socket.write(framed(write));
  }

  #frame(): Promise<Uint8Array> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#wanted.push(resolve));
  }
}

function framed(write: (out: JuteWriter) => void): Uint8Array {
  const out = new JuteWriter();
  out.beginFrame();
  write(out);
  out.endFrame();
  return out.take();
}
