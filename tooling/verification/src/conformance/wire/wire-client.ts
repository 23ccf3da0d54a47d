import { event, handshakeAnswer, type Layout, nothing, readWhole } from "./answer-layout.ts";
import { AnswerReader } from "./answer-reader.ts";
import type { StableNames } from "./stable-names.ts";
import { data, type Field, flag, int, long, row } from "./wire-field.ts";
import { closeSession, ping, type WireRequest } from "./wire-request.ts";
import { WireSocket } from "./wire-socket.ts";

/** Fields of a connect request. */
export interface Handshake {
  readonly version: Field;
  readonly lastZxid: Field;
  readonly timeoutMs: Field;
  readonly session: Field;
  readonly password: Field;
  /** Omitted by clients before ZooKeeper 3.4. */
  readonly readOnly: Field | undefined;
}

const NEW_SESSION: Handshake = {
  version: int(0),
  lastZxid: long(0n),
  timeoutMs: int(30_000),
  session: long(0n),
  password: data(new Uint8Array(16), "zeros"),
  readOnly: flag(false),
};

const EVENT_XID = -1;

/** One connection of a scenario. Everything that it sends and receives is added to the transcript. */
export class WireClient {
  /** `A`, `B`, … */
  readonly name: string;
  readonly #names: StableNames;
  readonly #write: (line: string) => void;
  readonly #socket: WireSocket;
  #lastXid = 0;
  #grant: { readonly session: bigint; readonly password: Uint8Array } | undefined;
  #sessionClosed = false;
  #lastFrame: Uint8Array = new Uint8Array();

  constructor(name: string, address: string, names: StableNames, write: (line: string) => void) {
    this.name = name;
    this.#names = names;
    this.#write = write;
    this.#socket = new WireSocket(address);
  }

  /** Session and password of the last handshake, as fields for another one. */
  get credentials(): Pick<Handshake, "session" | "password"> {
    const { session, password } = this.#grant!;
    return {
      session: long(session, this.#names.session(session)),
      password: data(password, this.#names.password(password)),
    };
  }

  /** Last answer or event, with its header. */
  get lastFrame(): Uint8Array {
    return this.#lastFrame;
  }

  /** True while the session of this connection is open. */
  get leavesSession(): boolean {
    return this.#grant !== undefined && !this.#sessionClosed;
  }

  /** Sends a handshake for a new session, with the fields of `request` replaced, and reads the answer. */
  async handshake(request: Partial<Handshake> = {}): Promise<void> {
    const { version, lastZxid, timeoutMs, session, password, readOnly } = { ...NEW_SESSION, ...request };
    const fields = row(version, lastZxid, timeoutMs, session, password, ...(readOnly === undefined ? [] : [readOnly]));
    this.#sent(`handshake ${fields.shown}`);
    this.#socket.sendFrame(fields.bytes);
    const frame = await this.#frame();
    if (frame === undefined) return;
    const granted = new AnswerReader(frame, this.#names);
    this.#got(`handshake ${readWhole(granted, handshakeAnswer(this.name))}`);
    const session64 = frame.readBigInt64BE(8);
    if (session64 !== 0n) this.#grant = { session: session64, password: frame.subarray(20, 36) };
  }

  /** Sends requests one after the other, each after the answer to the last one; stops when the connection ends. */
  async ask(...requests: readonly WireRequest[]): Promise<void> {
    for (const request of requests) {
      this.send(request);
      if (!(await this.hear(request))) return;
    }
  }

  /** Sends all requests at once, then reads all answers. */
  async askTogether(...requests: readonly WireRequest[]): Promise<void> {
    for (const request of requests) this.send(request);
    for (const request of requests) if (!(await this.hear(request))) return;
  }

  /** Sends a request without waiting for the answer. */
  send(request: WireRequest): void {
    const xid = request.xid ?? ++this.#lastXid;
    this.#sent(`${xid} ${request.name} ${request.body.shown}`.trimEnd());
    this.#socket.sendFrame(row(int(xid), int(request.type), request.body).bytes);
  }

  /** Reads events and one answer. Resolves with false if the connection ended instead. */
  async hear(request: WireRequest): Promise<boolean> {
    for (;;) {
      const frame = await this.#frame();
      if (frame === undefined) return false;
      if (!this.#read(frame, request.answer)) continue;
      if (request.type === closeSession.type) this.#sessionClosed = true;
      return true;
    }
  }

  /** Reads all events sent so far, by a ping. */
  async catchUp(): Promise<void> {
    await this.ask(ping);
  }

  /** Waits for one event. */
  async event(): Promise<void> {
    const frame = await this.#frame();
    if (frame !== undefined) this.#read(frame, nothing);
  }

  /** Sends a frame with any content. */
  sendFrame(body: Field): void {
    this.#sent(`frame ${body.shown}`);
    this.#socket.sendFrame(body.bytes);
  }

  /** Sends bytes without a frame. */
  sendBytes(bytes: Field): void {
    this.#sent(`bytes ${bytes.shown}`);
    this.#socket.send(bytes.bytes);
  }

  /** Reads everything until the server ends the connection. */
  async untilEnd(): Promise<void> {
    for (let frame = await this.#frame(); frame !== undefined; frame = await this.#frame()) {
      this.#read(frame, nothing);
    }
  }

  /** Closes the connection without closing the session. */
  leave(): void {
    this.#sent("leaves");
    this.#socket.destroy();
  }

  /** Closes the connection without a line in the transcript. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Reads a frame; returns true for an answer, false for an event. */
  #read(frame: Buffer, layout: Layout): boolean {
    const isEvent = frame.length >= 4 && frame.readInt32BE() === EVENT_XID;
    const shown = readWhole(new AnswerReader(frame, this.#names), (reader) => {
      const [xid, zxid, err] = [reader.int(), reader.zxid(), reader.intValue()];
      const body = isEvent ? event(reader) : err === 0 ? layout(reader) : "";
      return `${isEvent ? "event" : xid} ${zxid} ${err} ${body}`.trimEnd();
    });
    this.#got(shown);
    return !isEvent;
  }

  async #frame(): Promise<Buffer | undefined> {
    const frame = await this.#socket.nextFrame();
    if (frame === undefined) this.#got("end");
    else this.#lastFrame = frame;
    return frame;
  }

  #sent(text: string): void {
    this.#write(`${this.name} > ${text}`);
  }

  #got(text: string): void {
    this.#write(`${this.name} < ${text}`);
  }
}
