import type { Socket } from "node:net";
import { type Acl, type Id, JuteReader, type JuteWriter, Permission, ProtocolError } from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import type { Channel } from "../pipeline/channel.js";
import { RequestOrder } from "../pipeline/request-order.js";
import { RequestStatistics } from "../pipeline/request-statistics.js";
import type { ServerStats } from "../pipeline/server-stats.js";
import type { Session } from "../sessions/session.js";
import { isAllowed } from "../tree/acl-check.js";
import type { EventFrames } from "./event-frames.js";
import { HELD_OVERHEAD_BYTES, InputGate } from "./input-gate.js";
import type { LargeRequests } from "./large-requests.js";
import { OutputBuffer } from "./output-buffer.js";
import type { RequestThrottle } from "./request-throttle.js";
import type { WriterPool } from "./writer-pool.js";

/** Handles the input of connections. */
export interface ConnectionHost {
  /** Returns the length in bytes of a monitoring command that begins with these four letters; `undefined` if they are none. */
  commandLength(word: string): number | undefined;
  /** Answers a monitoring command, which a client sends instead of a handshake, and closes the connection. */
  command(connection: Connection, command: Uint8Array): void;
  /** Handles the first frame, a ConnectRequest. */
  handshake(connection: Connection, input: JuteReader): void;
  /** Notes a sign of life of a client whose request is held. */
  keepAlive(session: Session): void;
  /** Handles a later frame. With `isThrottled` it waited for too long, and must be refused. */
  request(connection: Connection, session: Session, input: JuteReader, isThrottled: boolean): void;
  /** Called when the connection is closed, by either side. */
  closed(connection: Connection): void;
}

/** Parts of a server that a connection of a client uses. */
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
  /** Returns true while all connections together have too many; then those with outstanding requests are not read. */
  readonly isOverloaded: () => boolean;
  /** Delays requests while too many are in process; `undefined`: there is no limit. */
  readonly throttle: RequestThrottle | undefined;
  readonly largeRequests: LargeRequests;
  /** A client that leaves more than this many bytes unread is disconnected. */
  readonly maxUnsentBytes: number;
  /** Returns the ids that ACLs are checked against for those that a client has authenticated. */
  readonly rightsOf: (ids: readonly Id[]) => readonly Id[];
}

/** Unsent output above which no further request is answered. */
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** Maximum size of requests that wait for a write. It is larger than that of held frames, because a disk is slow. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/**
 * TCP connection of a client. Passes commands, the handshake and requests to the host, and sends replies and events, all of
 * one tick in one write. Invalid input closes the connection and never throws.
 */
export class Connection implements Channel {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #input: InputGate;
  readonly #output: OutputBuffer;
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
  /** True after a monitoring command: its client may end its side before the answer is sent. */
  #isCommand = false;
  #handshaken = false;
  #ending = false;
  #stopped = false;
  #endedAt: number | undefined;
  /** True while its own requests are handled: a flush follows, so the pool need not remember it. */
  #flushesItself = false;

  constructor(socket: Socket, options: ConnectionOptions, onClosed: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#input = new InputGate(options.maxFrameBytes, options.largeRequests);
    this.#output = new OutputBuffer(options.writers);
    this.remoteAddress = remoteAddressOf(socket);
    this.remotePort = socket.remotePort ?? 0;
    this.establishedAt = options.clock.wallTime();
    this.#ids = [{ scheme: "ip", id: this.remoteAddress }];
    this.#rights = options.rightsOf(this.#ids);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("drain", () => this.proceed());
    socket.on("end", () => {
      if (!this.#isCommand) socket.end();
    });
    socket.on("error", (error) => options.logger.debug("connection failed", { remote: this.remote, error }));
    socket.on("close", () => {
      this.#input.frameDone();
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

  /** Readiness that the socket waits for, as bits: 1 to read, 4 to write (java.nio's SelectionKey). */
  get interestOps(): number {
    return (this.#socket.isPaused() ? 0 : 1) | (this.#socket.writableNeedDrain ? 4 : 0);
  }

  /** Resets all statistics, for `crst`. */
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
    this.#willSend();
    return this.#output.writer();
  }

  notify(type: number, path: string, zxid: bigint, acl?: readonly Acl[]): void {
    if (!this.isOpen || (acl !== undefined && !isAllowed(acl, Permission.READ, this.rights))) return;
    if (this.#unsentBytes() > this.#options.maxUnsentBytes) {
      this.fail(new ProtocolError("oversized", "the client does not read the events of its watches"));
      return;
    }
    this.#countSent();
    this.#willSend();
    this.#output.addEvent(this.#options.events.frameOf(type, path, zxid));
  }

  /** Has the pool flush this connection, unless it does already. Called before output is added. */
  #willSend(): void {
    if (!this.#flushesItself && this.#output.isEmpty) this.#options.writers.remember(this);
  }

  #countSent(): void {
    this.sent++;
    this.#options.stats.sent++;
  }

  /** Sends the output since the last flush. */
  flush(): void {
    // While the socket is full, output waits here, and then leaves in one write.
    if (this.#socket.writableNeedDrain && !this.#ending) return;
    const bytes = this.#output.take();
    if (bytes === undefined) return;
    this.#options.stats.sentBytes += bytes.length;
    if (!this.#socket.destroyed) this.#socket.write(bytes);
    if (this.#ending) this.#socket.destroySoon();
    else if (this.#input.held > 0 || this.order.isStalled) this.#goOnSoon();
    else this.#resumeIfCalm();
  }

  end(): void {
    if (this.#ending) return;
    this.#leave();
    if (this.#output.isEmpty) this.#socket.destroySoon();
  }

  /** Time at which closing began, on the monotonic clock; set while output is still being sent. */
  get endedAt(): number | undefined {
    return this.#endedAt;
  }

  fail(reason: unknown): void {
    const { logger } = this.#options;
    const { remote } = this;
    if (reason instanceof ProtocolError) logger.warn("closing a connection", { remote, reason: reason.message });
    else logger.error("closing a connection: handling its request failed", { remote, error: reason });
    this.destroy();
  }

  #leave(): void {
    this.#ending = true;
    this.#endedAt ??= this.#options.clock.now();
  }

  /** Reads no further requests; those already read are answered. */
  stopReading(): void {
    this.#stopped = true;
    this.#socket.pause();
  }

  /** Closes at once; unsent output is lost. */
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

  /** Handles requests from now on: the handshake was answered. */
  established(session: Session): void {
    this.session = session;
    this.#handleHeld();
    this.#resumeIfCalm();
  }

  /** Continues in another turn: a write that the operating system accepts at once is followed by no "drain". */
  #goOnSoon(): void {
    if (!this.#socket.writableNeedDrain) setImmediate(() => this.proceed());
  }

  /** Answers waiting requests: there is room in the output, or among the requests in process. */
  proceed(): void {
    this.#flushesItself = true;
    this.#guard(() => this.order.resume());
    this.#handleHeld();
    this.#flushesItself = false;
    if (!this.#output.isEmpty) this.flush();
    else this.#resumeIfCalm();
  }

  #handleHeld(): void {
    const { session } = this;
    if (session === undefined) return;
    while (this.#input.held > 0 && !this.#isFull() && !this.#ending && this.#isAdmitted()) {
      const { bytes, since } = this.#input.release();
      this.#guard(() => this.#request(session, bytes, 0, bytes.length, since));
    }
  }

  /** The chunk is never written to again: the data of a write stay in it until the tree copies them. */
  #onData(chunk: Uint8Array): void {
    if (this.#ending) return;
    this.#options.stats.receivedBytes += chunk.length;
    this.#flushesItself = true;
    this.#guard(() => {
      const command = this.#input.push(chunk, this.#options.host, this.#onFrame);
      if (command !== undefined) this.#onCommand(command);
    });
    this.#flushesItself = false;
    this.flush();
    if (this.#isBusy()) this.#socket.pause();
  }

  #onCommand(command: Uint8Array): void {
    this.#countReceived();
    this.#isCommand = true;
    this.#ending = true;
    this.#options.host.command(this, command);
  }

  readonly #onFrame = (bytes: Uint8Array, start: number, end: number): void => {
    if (this.#ending) return;
    this.#input.frameDone();
    if (this.session !== undefined && this.#input.held === 0 && !this.#isFull() && this.#isAdmitted()) {
      this.#request(this.session, bytes, start, end);
    } else if (this.#handshaken) {
      const { throttle, clock } = this.#options;
      const since = throttle === undefined ? undefined : clock.now();
      this.#input.hold(bytes, start, end, since);
      if (this.session !== undefined) this.#options.host.keepAlive(this.session);
    } else {
      this.#handshaken = true;
      this.#countReceived();
      this.#options.host.handshake(this, this.#reader.reset(bytes, start, end));
    }
  };

  #isAdmitted(): boolean {
    return this.#options.throttle?.admits(this) !== false;
  }

  /** `heldSince` is the time at which it began to wait, if requests are throttled. */
  #request(session: Session, bytes: Uint8Array, start: number, end: number, heldSince?: number): void {
    if (this.#ending) return;
    this.#countReceived();
    this.order.arriving = end - start + HELD_OVERHEAD_BYTES;
    const isThrottled = heldSince !== undefined && this.#hasWaited(session, heldSince);
    this.#options.host.request(this, session, this.#reader.reset(bytes, start, end), isThrottled);
  }

  /** Returns true if a request waited for so long that it must be refused. */
  #hasWaited(session: Session, since: number): boolean {
    const { throttle, clock, stats } = this.#options;
    if (throttle === undefined) return false;
    const waitedMs = clock.now() - since;
    stats.throttleWaits++;
    if (throttle.closesStale && waitedMs > session.timeoutMs) {
      throw new ProtocolError("malformed", "its request waited longer than its session timeout");
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
    return this.#output.length + this.#socket.writableLength;
  }

  /** Returns true if the client leaves so much unread that no further request is answered. */
  #isFull(): boolean {
    return this.#output.length > MAX_OUTPUT_BYTES || this.#socket.writableLength > MAX_OUTPUT_BYTES;
  }

  /** Returns true while the client is not read: it sends faster than it reads replies, or than the disk answers. */
  #isBusy(): boolean {
    const establishing = this.#handshaken && this.session === undefined;
    return (
      this.#stopped ||
      establishing ||
      this.#input.isFull ||
      this.order.length > this.#options.maxOutstanding ||
      this.order.bytes > MAX_WAITING_BYTES ||
      (this.order.length > 0 && this.#options.isOverloaded())
    );
  }

  #resumeIfCalm(): void {
    if (this.#socket.isPaused() && !this.#isBusy()) this.#socket.resume();
  }
}

/** Returns the address of a client; an IPv4 address that the operating system shows as IPv6 is returned as IPv4. */
export function remoteAddressOf({ remoteAddress = "" }: Socket): string {
  return remoteAddress.startsWith("::ffff:") && remoteAddress.includes(".") ? remoteAddress.slice(7) : remoteAddress;
}
