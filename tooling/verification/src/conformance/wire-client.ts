import { event, handshakeAnswer, type Layout, nothing, readWhole } from "./answer-layout.ts";
import { AnswerReader } from "./answer-reader.ts";
import type { StableNames } from "./stable-names.ts";
import { data, type Field, flag, int, long, row } from "./wire-field.ts";
import { closeSession, ping, type WireRequest } from "./wire-request.ts";
import { WireSocket } from "./wire-socket.ts";

/** What a client says first. */
export interface Handshake {
  readonly version: Field;
  readonly lastZxid: Field;
  readonly timeoutMs: Field;
  readonly session: Field;
  readonly password: Field;
  /** Left out by the oldest clients. */
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

/** One connection of a scenario. Everything that it sends and gets is written into the scenario's transcript. */
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

  /** The session that the last handshake brought, in fields for another one. */
  get credentials(): Pick<Handshake, "session" | "password"> {
    const { session, password } = this.#grant!;
    return {
      session: long(session, this.#names.session(session)),
      password: data(password, this.#names.password(password)),
    };
  }

  /** The last answer or event, with its header. */
  get lastFrame(): Uint8Array {
    return this.#lastFrame;
  }

  /** Whether the server still has a session that this connection began. */
  get leavesSession(): boolean {
    return this.#grant !== undefined && !this.#sessionClosed;
  }

  /** Sends a handshake, of a new session but for what `request` says, and hears the answer. */
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

  /** Sends requests, each when the one before is answered, or the connection at its end. */
  async ask(...requests: readonly WireRequest[]): Promise<void> {
    for (const request of requests) {
      this.send(request);
      if (!(await this.hear(request))) return;
    }
  }

  /** Sends all requests at once, then hears all answers. */
  async askTogether(...requests: readonly WireRequest[]): Promise<void> {
    for (const request of requests) this.send(request);
    for (const request of requests) if (!(await this.hear(request))) return;
  }

  /** Sends a request and does not wait. */
  send(request: WireRequest): void {
    const xid = request.xid ?? ++this.#lastXid;
    this.#sent(`${xid} ${request.name} ${request.body.shown}`.trimEnd());
    this.#socket.sendFrame(row(int(xid), int(request.type), request.body).bytes);
  }

  /** Hears events and one answer. Resolves with whether there was one: `false` is the end of the connection. */
  async hear(request: WireRequest): Promise<boolean> {
    for (;;) {
      const frame = await this.#frame();
      if (frame === undefined) return false;
      if (!this.#read(frame, request.answer)) continue;
      if (request.type === closeSession.type) this.#sessionClosed = true;
      return true;
    }
  }

  /** Hears whatever has come for it up to now, by a ping. */
  async catchUp(): Promise<void> {
    await this.ask(ping);
  }

  /** Hears one event, however long it takes to happen. */
  async event(): Promise<void> {
    const frame = await this.#frame();
    if (frame !== undefined) this.#read(frame, nothing);
  }

  /** Sends bytes that are no request, in a frame. */
  sendFrame(body: Field): void {
    this.#sent(`frame ${body.shown}`);
    this.#socket.sendFrame(body.bytes);
  }

  /** Sends bytes that are not even a frame. */
  sendBytes(bytes: Field): void {
    this.#sent(`bytes ${bytes.shown}`);
    this.#socket.send(bytes.bytes);
  }

  /** Hears everything until the server ends the connection. */
  async untilEnd(): Promise<void> {
    for (let frame = await this.#frame(); frame !== undefined; frame = await this.#frame()) {
      this.#read(frame, nothing);
    }
  }

  /** Goes without a word. */
  leave(): void {
    this.#sent("leaves");
    this.#socket.destroy();
  }

  /** Ends the socket, for good and unrecorded. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Reads a frame: whether it is an answer, rather than an event. */
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

  #sent(what: string): void {
    this.#write(`${this.name} > ${what}`);
  }

  #got(what: string): void {
    this.#write(`${this.name} < ${what}`);
  }
}
