import type { Socket } from "node:net";
import {
  type Acl,
  FrameDecoder,
  type Id,
  JuteReader,
  type JuteWriter,
  Permission,
  ProtocolError,
} from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import type { Channel } from "../pipeline/channel.js";
import { RequestOrder } from "../pipeline/request-order.js";
import { RequestStatistics } from "../pipeline/request-statistics.js";
import type { ServerStats } from "../pipeline/server-stats.js";
import type { Session } from "../sessions/session.js";
import { isAllowed } from "../tree/acl-check.js";
import type { EventFrames } from "./event-frames.js";
import type { LargeRequests } from "./large-requests.js";
import type { RequestThrottle } from "./request-throttle.js";
import type { WriterPool } from "./writer-pool.js";

/** What a connection asks of those who own it. */
export interface ConnectionHost {
  /** How many bytes a monitoring command has if it starts with these four letters; `undefined` if it is none. */
  commandLength(word: string): number | undefined;
  /** A monitoring command instead of a handshake: it is answered, and the connection closed. */
  command(connection: Connection, command: Uint8Array): void;
  /** The first frame: a ConnectRequest. */
  handshake(connection: Connection, input: JuteReader): void;
  /** A sign of life of a client whose request waits, because it does not take its replies fast enough. */
  heard(session: Session): void;
  /** Every later frame. With `isThrottled` it had to wait for too long, and is to be refused. */
  request(connection: Connection, session: Session, input: JuteReader, isThrottled: boolean): void;
  /** It is gone, whoever closed it. */
  closed(connection: Connection): void;
}

export interface ConnectionOptions {
  readonly host: ConnectionHost;
  readonly writers: WriterPool;
  readonly events: EventFrames;
  readonly stats: ServerStats;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly maxFrameBytes: number;
  /** Reading stops while more requests than this wait for an answer. */
  readonly maxOutstanding: number;
  /** Whether all connections together have so many that those with some of their own are not read from. */
  readonly isOverloaded: () => boolean;
  /** What holds requests back while too many are in process; `undefined`: nothing does. */
  readonly throttle: RequestThrottle | undefined;
  readonly largeRequests: LargeRequests;
  /** A client that leaves more than this many bytes unread is cut. */
  readonly maxUnsentBytes: number;
  /** Returns the ids that ACLs are checked against for those that a client has authenticated. */
  readonly rightsOf: (ids: readonly Id[]) => readonly Id[];
}

interface HeldFrame {
  readonly bytes: Uint8Array;
  /** On the monotonic clock, where requests are throttled. */
  readonly since: number | undefined;
}

const WORD_BYTES = 4;
/** With so much output that has not left, no further request is answered. */
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** So much of requests may wait for that, so that the pings among them are heard; beyond, the client is not read from. */
const MAX_HELD_BYTES = 1024 * 1024;
/** The same of those that wait for a write before them, or are one: more, for the disk is slower than a batch is long. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** What a request that waits takes besides its bytes: a small one is mostly that. */
const HELD_OVERHEAD_BYTES = 512;
/** Output up to here shares the memory of others: an array of bytes with memory of its own costs more than a reply does. */
const POOLED_BYTES = 1024;

/**
 * One client's TCP connection: bytes in, frames to the host; replies and events out, all of one tick in one write.
 * Nothing that the client sends gets an exception out of it: bad input closes the connection.
 */
export class Connection implements Channel {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #decoder: FrameDecoder;
  readonly #reader = new JuteReader();
  readonly order = new RequestOrder(() => this.#isFull());
  readonly statistics = new RequestStatistics();
  #ids: readonly Id[];
  #rights: readonly Id[];
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Milliseconds since 1970. */
  readonly establishedAt: number;
  session: Session | undefined;
  /** Frames handled and sent since the connection began. */
  received = 0;
  sent = 0;
  /** It came with a monitoring command, whose answer may be under way when its client has nothing more to send. */
  #isCommand = false;
  /** Gathers the first bytes, which may be a command instead of a length. */
  #word: Uint8Array | undefined = new Uint8Array(0);
  /** Frames that came before the handshake was answered, while there was too much output, or while others had their turn. */
  #held: HeldFrame[] = [];
  #heldBytes = 0;
  /** How many bytes of an unfinished frame are known as a large request. */
  #gathered = 0;
  #handshaken = false;
  #ending = false;
  #stopped = false;
  #endedAt: number | undefined;
  /** What was written since the last flush; or, where that is one event, the frame of it, which others send too. */
  #out: JuteWriter | undefined;
  #event: Uint8Array | undefined;
  /** While its own requests are handled: a flush follows, and nobody else needs to remember it. */
  #flushesItself = false;

  constructor(socket: Socket, options: ConnectionOptions, onClosed: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#decoder = new FrameDecoder({ maxFrameBytes: options.maxFrameBytes });
    this.remoteAddress = remoteAddressOf(socket);
    this.remotePort = socket.remotePort ?? 0;
    this.establishedAt = options.clock.wallTime();
    this.#ids = [{ scheme: "ip", id: this.remoteAddress }];
    this.#rights = options.rightsOf(this.#ids);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("drain", () => this.goOn());
    socket.on("end", () => {
      if (!this.#isCommand) socket.end();
    });
    socket.on("error", (error) => options.logger.debug("connection failed", { remote: this.remote, error }));
    socket.on("close", () => {
      options.largeRequests.change(this.#gathered, 0);
      options.throttle?.forget(this);
      onClosed();
    });
  }

  get ids(): readonly Id[] {
    return this.#ids;
  }

  get rights(): readonly Id[] {
    return this.#rights;
  }

  addIds(ids: readonly Id[]): void {
    const isNew = ({ scheme, id }: Id): boolean => !this.#ids.some((had) => had.scheme === scheme && had.id === id);
    this.#ids = [...this.#ids, ...ids.filter(isNew)];
    this.#rights = this.#options.rightsOf(this.#ids);
  }

  get remote(): string {
    const { remoteAddress: address, remotePort } = this;
    return address.includes(":") ? `[${address}]:${remotePort}` : `${address}:${remotePort}`;
  }

  /** What the socket is watched for, as bits: 1 to read, 4 to write (java.nio's SelectionKey). */
  get interestOps(): number {
    return (this.#socket.isPaused() ? 0 : 1) | (this.#socket.writableNeedDrain ? 4 : 0);
  }

  /** As if it had just connected, for `crst`. */
  resetStatistics(): void {
    this.received = 0;
    this.sent = 0;
    this.statistics.reset();
  }

  get isOpen(): boolean {
    return !this.#ending && !this.#socket.destroyed;
  }

  output(): JuteWriter {
    this.#countSent();
    return this.#writer();
  }

  #writer(): JuteWriter {
    if (this.#out === undefined) {
      this.#willSend();
      this.#out = this.#options.writers.take();
      if (this.#event !== undefined) this.#out.writeRaw(this.#event);
      this.#event = undefined;
    }
    return this.#out;
  }

  notify(type: number, path: string, zxid: bigint, acl?: readonly Acl[]): void {
    if (!this.isOpen || (acl !== undefined && !isAllowed(acl, Permission.READ, this.rights))) return;
    if (this.#unsentBytes() > this.#options.maxUnsentBytes) {
      this.fail(new ProtocolError("oversized", "it does not read the events of its watches"));
      return;
    }
    this.#countSent();
    const frame = this.#options.events.frameOf(type, path, zxid);
    if (this.#hasOutput) {
      this.#writer().writeRaw(frame);
      return;
    }
    this.#willSend();
    this.#event = frame;
  }

  /** Before something is written. Who has written already is remembered. */
  #willSend(): void {
    if (!this.#flushesItself && !this.#hasOutput) this.#options.writers.remember(this);
  }

  #countSent(): void {
    this.sent++;
    this.#options.stats.sent++;
  }

  get #hasOutput(): boolean {
    return this.#out !== undefined || this.#event !== undefined;
  }

  /** Sends what was written since the last time. */
  flush(): void {
    // What the operating system does not take waits as bytes in one place: each write that waits costs far more than a reply.
    if (this.#socket.writableNeedDrain && !this.#ending) return;
    const bytes = this.#takeOutput();
    if (bytes === undefined) return;
    this.#options.stats.sentBytes += bytes.length;
    if (!this.#socket.destroyed) this.#socket.write(bytes);
    if (this.#ending) this.#socket.destroySoon();
    else if (this.#held.length > 0 || this.order.isStalled) this.#goOnSoon();
    else this.#resumeIfCalm();
  }

  #takeOutput(): Uint8Array | undefined {
    const event = this.#event;
    if (event !== undefined) {
      this.#event = undefined;
      return event;
    }
    const out = this.#out;
    if (out === undefined) return undefined;
    this.#out = undefined;
    const bytes = out.length < POOLED_BYTES ? pooled(out) : out.take();
    this.#options.writers.give(out, bytes.length);
    return bytes;
  }

  end(): void {
    if (this.#ending) return;
    this.#leave();
    if (!this.#hasOutput) this.#socket.destroySoon();
  }

  /** Since when it is to be closed, and waits for its client to take what was sent; on the monotonic clock. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  fail(reason: unknown): void {
    const { logger } = this.#options;
    const { remote } = this;
    if (reason instanceof ProtocolError) logger.warn("closing a connection", { remote, reason: reason.message });
    else logger.error("closing a connection: its request could not be handled", { remote, error: reason });
    this.destroy();
  }

  #leave(): void {
    this.#ending = true;
    this.#endedAt ??= this.#options.clock.now();
  }

  /** Takes no further requests; those that it took are answered still. */
  stopReading(): void {
    this.#stopped = true;
    this.#socket.pause();
  }

  /** Closes at once; what was written and not sent is lost. */
  destroy(): void {
    this.#ending = true;
    this.#socket.destroy();
  }

  /** Sends text and closes, for monitoring commands. */
  endWith(text: string): void {
    if (this.#socket.destroyed) return;
    this.#leave();
    this.#socket.end(text, () => this.#socket.destroySoon());
  }

  /** The handshake was answered: requests are taken from now on. */
  established(session: Session): void {
    this.session = session;
    this.#handleHeld();
    this.#resumeIfCalm();
  }

  /** A write that the operating system takes at once is followed by no "drain". Others have their turn in between. */
  #goOnSoon(): void {
    if (!this.#socket.writableNeedDrain) setImmediate(() => this.goOn());
  }

  /** There is room, in the output or among the requests in process: answers what waited for it. */
  goOn(): void {
    this.#flushesItself = true;
    this.#guard(() => this.order.resume());
    this.#handleHeld();
    this.#flushesItself = false;
    if (this.#hasOutput) this.flush();
    else this.#resumeIfCalm();
  }

  #handleHeld(): void {
    const { session } = this;
    if (session === undefined || this.#held.length === 0) return;
    let handled = 0;
    for (; handled < this.#held.length && !this.#isFull() && !this.#ending && this.#isAdmitted(); handled++) {
      const { bytes, since } = this.#held[handled]!;
      this.#heldBytes -= bytes.length + HELD_OVERHEAD_BYTES;
      this.#guard(() => this.#request(session, bytes, 0, bytes.length, since));
    }
    this.#held.splice(0, handled);
  }

  /** The chunk is not written to again: the data of a write stay where they came in until the tree takes its copy. */
  #onData(chunk: Uint8Array): void {
    if (this.#ending) return;
    this.#options.stats.receivedBytes += chunk.length;
    this.#flushesItself = true;
    this.#guard(() => {
      const rest = this.#word === undefined ? chunk : this.#pastWord(this.#word, chunk);
      if (rest !== undefined) this.#decoder.push(rest, this.#onFrame);
      this.#countGathered();
    });
    this.#flushesItself = false;
    this.flush();
    if (this.#isBusy()) this.#socket.pause();
  }

  /** Returns what is to be read as frames: nothing yet, or all that came. */
  #pastWord(word: Uint8Array, chunk: Uint8Array): Uint8Array | undefined {
    const bytes = word.length === 0 ? chunk : Buffer.concat([word, chunk]);
    if (bytes.length < WORD_BYTES) {
      this.#word = Uint8Array.from(bytes);
      return undefined;
    }
    const { host } = this.#options;
    const commandLength = host.commandLength(String.fromCharCode(...bytes.subarray(0, WORD_BYTES)));
    if (commandLength !== undefined && bytes.length < commandLength) {
      this.#word = Uint8Array.from(bytes);
      return undefined;
    }
    this.#word = undefined;
    if (commandLength === undefined) return bytes;
    this.#countReceived();
    this.#isCommand = true;
    this.#ending = true;
    host.command(this, bytes.subarray(0, commandLength));
    return undefined;
  }

  readonly #onFrame = (bytes: Uint8Array, start: number, end: number): void => {
    if (this.#ending) return;
    if (this.#gathered > 0) this.#ungather();
    if (this.session !== undefined && this.#held.length === 0 && !this.#isFull() && this.#isAdmitted()) {
      this.#request(this.session, bytes, start, end);
    } else if (this.#handshaken) {
      const { throttle, clock } = this.#options;
      const since = throttle === undefined ? undefined : clock.now();
      this.#held.push({ bytes: Uint8Array.prototype.slice.call(bytes, start, end), since });
      this.#heldBytes += end - start + HELD_OVERHEAD_BYTES;
      if (this.session !== undefined) this.#options.host.heard(this.session);
    } else {
      this.#handshaken = true;
      this.#countReceived();
      this.#options.host.handshake(this, this.#reader.reset(bytes, start, end));
    }
  };

  #isAdmitted(): boolean {
    return this.#options.throttle?.admits(this) !== false;
  }

  /** @param heldSince when it began to wait, where requests are throttled */
  #request(session: Session, bytes: Uint8Array, start: number, end: number, heldSince?: number): void {
    if (this.#ending) return;
    this.#countReceived();
    this.order.arriving = end - start + HELD_OVERHEAD_BYTES;
    const isThrottled = heldSince !== undefined && this.#hasWaited(session, heldSince);
    this.#options.host.request(this, session, this.#reader.reset(bytes, start, end), isThrottled);
  }

  /** Whether a request has waited for so long that it is refused. */
  #hasWaited(session: Session, since: number): boolean {
    const { throttle, clock, stats } = this.#options;
    if (throttle === undefined) return false;
    const waitedMs = clock.now() - since;
    stats.throttleWaits++;
    if (throttle.cutsStale && waitedMs > session.timeoutMs) {
      throw new ProtocolError("malformed", "its request had to wait for longer than its session timeout");
    }
    return waitedMs > throttle.refuseAfterMs;
  }

  #countReceived(): void {
    this.received++;
    this.#options.stats.received++;
  }

  #guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.fail(error);
    }
  }

  #unsentBytes(): number {
    return (this.#out?.length ?? this.#event?.length ?? 0) + this.#socket.writableLength;
  }

  /** Beyond what a client should leave unread; asked before each answer. */
  #isFull(): boolean {
    return this.#out === undefined
      ? this.#socket.writableLength > MAX_OUTPUT_BYTES
      : this.#out.length > MAX_OUTPUT_BYTES || this.#socket.writableLength > MAX_OUTPUT_BYTES;
  }

  #ungather(): void {
    this.#options.largeRequests.change(this.#gathered, 0);
    this.#gathered = 0;
  }

  /** What has come of a frame that is not whole yet counts among the large requests. */
  #countGathered(): void {
    const { buffered } = this.#decoder;
    if (buffered === this.#gathered) return;
    this.#options.largeRequests.change(this.#gathered, buffered);
    this.#gathered = buffered;
  }

  /** A client that asks faster than it reads the replies, or than the disk answers, is not read from. */
  #isBusy(): boolean {
    const establishing = this.#handshaken && this.session === undefined;
    return (
      this.#stopped ||
      establishing ||
      this.#heldBytes > MAX_HELD_BYTES ||
      this.order.length > this.#options.maxOutstanding ||
      this.order.bytes > MAX_WAITING_BYTES ||
      (this.order.length > 0 && this.#options.isOverloaded())
    );
  }

  #resumeIfCalm(): void {
    if (this.#socket.isPaused() && !this.#isBusy()) this.#socket.resume();
  }
}

/** Takes what was written, as {@link JuteWriter.take} does. */
function pooled(out: JuteWriter): Buffer {
  const bytes = Buffer.allocUnsafe(out.length);
  bytes.set(out.peek());
  out.clear();
  return bytes;
}

/** An IPv4 client of a port that takes both kinds is shown as IPv6 by the operating system; not here. */
export function remoteAddressOf({ remoteAddress = "" }: Socket): string {
  return remoteAddress.startsWith("::ffff:") && remoteAddress.includes(".") ? remoteAddress.slice(7) : remoteAddress;
}
