import type { Socket } from "node:net";
import {
  FrameDecoder,
  type Id,
  JuteReader,
  type JuteWriter,
  KeeperState,
  ProtocolError,
  writeReplyHeader,
  writeWatcherEvent,
  Xid,
} from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import type { Channel } from "../pipeline/channel.js";
import { RequestOrder } from "../pipeline/request-order.js";
import { RequestStatistics } from "../pipeline/request-statistics.js";
import type { Traffic } from "../pipeline/traffic.js";
import type { Session } from "../sessions/session.js";
import type { WriterPool } from "./writer-pool.js";

/** What a connection asks of those who own it. */
export interface ConnectionHost {
  /** How many bytes a monitoring command has if it starts with these four letters; `undefined` if it is none. */
  commandLength(word: string): number | undefined;
  /** A monitoring command instead of a handshake: it is answered, and the connection closed. */
  command(connection: Connection, command: Uint8Array): void;
  /** The first frame: a ConnectRequest. */
  handshake(connection: Connection, input: JuteReader): void;
  /** Every later frame. */
  request(connection: Connection, session: Session, input: JuteReader): void;
  /** It is gone, whoever closed it. */
  closed(connection: Connection): void;
}

export interface ConnectionOptions {
  readonly host: ConnectionHost;
  readonly writers: WriterPool;
  readonly traffic: Traffic;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly maxFrameBytes: number;
  /** Reading stops while more requests than this wait for an answer. */
  readonly maxOutstanding: number;
}

const WORD_BYTES = 4;

/**
 * One client's TCP connection: bytes in, frames to the host; replies and events out, all of one tick in one write.
 * Nothing that the client sends gets an exception out of it: bad input closes the connection.
 */
export class Connection implements Channel {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #decoder: FrameDecoder;
  readonly #reader = new JuteReader();
  readonly order = new RequestOrder();
  readonly statistics = new RequestStatistics();
  #ids: readonly Id[];
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Milliseconds since 1970. */
  readonly establishedAt: number;
  session: Session | undefined;
  /** Frames handled and sent since the connection began. */
  received = 0;
  sent = 0;
  /** Gathers the first bytes, which may be a command instead of a length. */
  #word: Uint8Array | undefined = new Uint8Array(0);
  /** Frames that came before the handshake was answered. */
  #early: Uint8Array[] = [];
  #handshaken = false;
  #ending = false;
  #stopped = false;
  #out: JuteWriter | undefined;

  constructor(socket: Socket, options: ConnectionOptions, onClosed: () => void) {
    this.#socket = socket;
    this.#options = options;
    this.#decoder = new FrameDecoder({ maxFrameBytes: options.maxFrameBytes });
    this.remoteAddress = addressOf(socket);
    this.remotePort = socket.remotePort ?? 0;
    this.establishedAt = options.clock.wallTime();
    this.#ids = [{ scheme: "ip", id: this.remoteAddress }];
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    socket.on("drain", () => this.#resumeIfCalm());
    socket.on("error", (error) => options.logger.debug("connection failed", { remote: this.remote, error }));
    socket.on("close", onClosed);
  }

  get ids(): readonly Id[] {
    return this.#ids;
  }

  addIds(ids: readonly Id[]): void {
    const isNew = ({ scheme, id }: Id): boolean => !this.#ids.some((had) => had.scheme === scheme && had.id === id);
    this.#ids = [...this.#ids, ...ids.filter(isNew)];
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
    this.#out ??= this.#options.writers.take(this);
    this.sent++;
    this.#options.traffic.sent++;
    return this.#out;
  }

  notify(type: number, path: string, zxid: bigint): void {
    if (!this.isOpen) return;
    const out = this.output();
    out.beginFrame();
    writeReplyHeader(out, Xid.notification, zxid, 0);
    writeWatcherEvent(out, { type, state: KeeperState.SYNC_CONNECTED, path });
    out.endFrame();
  }

  /** Sends what was written since the last time. */
  flush(): void {
    const out = this.#out;
    if (out === undefined) return;
    this.#out = undefined;
    const bytes = out.take();
    this.#options.writers.give(this, out, bytes.length);
    if (!this.#socket.destroyed) this.#socket.write(bytes);
    if (this.#ending) this.#socket.destroySoon();
    else this.#resumeIfCalm();
  }

  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (this.#out === undefined) this.#socket.destroySoon();
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
    this.#ending = true;
    this.#socket.end(text, () => this.#socket.destroySoon());
  }

  /** The handshake was answered: requests are taken from now on. */
  established(session: Session): void {
    this.session = session;
    const early = this.#early;
    this.#early = [];
    for (const frame of early) this.#guard(() => this.#request(session, frame, 0, frame.length));
    this.#resumeIfCalm();
  }

  #onData(chunk: Uint8Array): void {
    if (this.#ending) return;
    this.#guard(() => {
      const rest = this.#word === undefined ? chunk : this.#pastWord(this.#word, chunk);
      if (rest !== undefined) this.#decoder.push(rest, this.#onFrame);
    });
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
    this.#ending = true;
    host.command(this, bytes.subarray(0, commandLength));
    return undefined;
  }

  readonly #onFrame = (bytes: Uint8Array, start: number, end: number): void => {
    if (this.#ending) return;
    if (this.session !== undefined) {
      this.#request(this.session, bytes, start, end);
    } else if (this.#handshaken) {
      this.#early.push(Uint8Array.prototype.slice.call(bytes, start, end));
    } else {
      this.#handshaken = true;
      this.#countReceived();
      this.#options.host.handshake(this, this.#reader.reset(bytes, start, end));
    }
  };

  #request(session: Session, bytes: Uint8Array, start: number, end: number): void {
    if (this.#ending) return;
    this.#countReceived();
    this.#options.host.request(this, session, this.#reader.reset(bytes, start, end));
  }

  #countReceived(): void {
    this.received++;
    this.#options.traffic.received++;
  }

  #guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#options.logger.warn("closing a connection that sent something unreadable", {
          remote: this.remote,
          reason: error.message,
        });
      } else {
        this.#options.logger.error("closing a connection: its request could not be handled", {
          remote: this.remote,
          error,
        });
      }
      this.destroy();
    }
  }

  /** A client that does not read its replies, or asks faster than the disk answers, is not read from. */
  #isBusy(): boolean {
    const establishing = this.#handshaken && this.session === undefined;
    return (
      this.#stopped ||
      establishing ||
      this.#socket.writableNeedDrain ||
      this.order.length > this.#options.maxOutstanding
    );
  }

  #resumeIfCalm(): void {
    if (this.#socket.isPaused() && !this.#isBusy()) this.#socket.resume();
  }
}

/** An IPv4 client of a port that takes both kinds is shown as IPv6 by the operating system. */
function addressOf({ remoteAddress = "" }: Socket): string {
  return remoteAddress.startsWith("::ffff:") && remoteAddress.includes(".") ? remoteAddress.slice(7) : remoteAddress;
}
