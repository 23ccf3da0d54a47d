import { EventEmitter } from "node:events";
import type { Life } from "../time/life.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { Host, Link, Links } from "./links.ts";

/** The network as its sockets use it. */
export interface SocketNetwork {
  readonly scheduler: Scheduler;
  readonly links: Links;
  /** Bytes that may be on their way in one direction. */
  readonly bufferBytes: number;
  isPowered(host: Host): boolean;
  isReachable(link: Link): boolean;
  /** Returns the number of bytes of a chunk that arrive together. */
  splitOf(length: number): number;
  /** Has a socket lose its connection by a reset that comes from the other end. */
  reset(socket: VirtualSocket): void;
  closed(socket: VirtualSocket): void;
}

/** Part of one direction of a connection: bytes, or their end. */
interface Segment {
  readonly bytes: Uint8Array | undefined;
  due: number;
}

/** Bytes of user memory from which a writer has to wait for `drain`, as in Node.js. */
const HIGH_WATER_MARK = 16 * 1024;
/** Node.js reads at most so many bytes at once. */
const MAX_READ_BYTES = 64 * 1024;

/**
 * One end of a connection, with the behaviour of Node.js's TCP sockets: bytes that the kernel has taken arrive although the
 * process dies; a process that does not read fills the buffers of the writer; a reset ends both directions.
 */
export class VirtualSocket extends EventEmitter {
  readonly #network: SocketNetwork;
  readonly life: Life;
  readonly local: Host;
  readonly remote: Host;
  /** The way of the bytes that are written here. */
  readonly out: Link;
  readonly #isHalfOpenAllowed: boolean;
  peer: VirtualSocket | undefined;
  destroyed = false;
  connecting: boolean;
  writableNeedDrain = false;
  /** Bytes in user memory. */
  writableLength = 0;
  #unsent: Uint8Array[] = [];
  /** Bytes that the kernel has taken and the other process has not read. */
  #unread = 0;
  #onTheWay: Segment[] = [];
  #lastDue = 0;
  #isWaitingForLink = false;
  #arrived: Uint8Array[] = [];
  #hasEndArrived = false;
  #hasEmittedEnd = false;
  #isEnding = false;
  #hasSentEnd = false;
  #destroysWhenSent = false;
  #isSuspended = false;
  #isFlowing = false;
  /** No process has this end any more. */
  #isGone = false;
  /** A box in between has forgotten this connection, and answers with a reset. */
  isForgotten = false;

  constructor(
    network: SocketNetwork,
    life: Life,
    ends: {
      readonly local: Host;
      readonly remote: Host;
      readonly connecting: boolean;
      readonly allowHalfOpen?: boolean;
    },
  ) {
    super();
    this.#network = network;
    this.life = life;
    this.local = ends.local;
    this.remote = ends.remote;
    this.out = network.links.of(ends.local, ends.remote);
    this.connecting = ends.connecting;
    this.#isHalfOpenAllowed = ends.allowHalfOpen ?? false;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get remoteAddress(): string {
    return this.remote;
  }

  get remotePort(): number {
    return 0;
  }

  setNoDelay(): this {
    return this;
  }

  isPaused(): boolean {
    return this.#isSuspended;
  }

  pause(): this {
    this.#isSuspended = true;
    return this;
  }

  resume(): this {
    this.#isSuspended = false;
    this.#flowSoon();
    return this;
  }

  override on(name: string, listener: (...args: never[]) => void): this {
    super.on(name, listener as (...args: unknown[]) => void);
    if (name === "data") this.#flowSoon();
    return this;
  }

  /** Puts bytes back that were read. */
  unshift(bytes: Uint8Array): void {
    this.#arrived.unshift(bytes);
    this.#unreadByPeer(-bytes.length);
    this.#flowSoon();
  }

  // Writing

  write(bytes: Uint8Array): boolean {
    if (this.destroyed || this.#isEnding) return false;
    this.#unsent.push(bytes);
    this.writableLength += bytes.length;
    this.#send();
    if (this.writableLength >= HIGH_WATER_MARK) this.writableNeedDrain = true;
    return !this.writableNeedDrain;
  }

  end(text?: string | (() => void), done?: () => void): this {
    if (typeof text === "string") this.write(Buffer.from(text));
    if (done !== undefined) done();
    this.#isEnding = true;
    this.#send();
    return this;
  }

  destroySoon(): void {
    this.end();
    if (this.writableLength === 0) this.destroy();
    else this.#destroysWhenSent = true;
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.#release(this.#arrived.length > 0);
    queueMicrotask(() => {
      if (error !== undefined) this.emit("error", error);
      this.emit("close", error !== undefined);
      this.#network.closed(this);
    });
    return this;
  }

  /** Gives bytes to the kernel as far as it has room, and the end after them. */
  #send(): void {
    if (this.connecting || this.#isGone) return;
    while (this.#unsent.length > 0 && this.#unread < this.#network.bufferBytes) {
      const bytes = this.#unsent.shift()!;
      this.writableLength -= bytes.length;
      this.#unread += bytes.length;
      this.#transmit(bytes);
    }
    if (this.#unsent.length > 0) return;
    if (this.#isEnding && !this.#hasSentEnd) {
      this.#hasSentEnd = true;
      this.#transmit(undefined);
      if (this.#destroysWhenSent || this.#hasEmittedEnd) this.destroy();
    }
  }

  #transmit(bytes: Uint8Array | undefined): void {
    const { scheduler, links } = this.#network;
    const due = Math.max(this.#lastDue, scheduler.now + links.latency(this.out));
    this.#lastDue = due;
    this.#onTheWay.push({ bytes, due });
    scheduler.at(due, undefined, () => this.#deliver());
  }

  #deliver(): void {
    const { scheduler, links } = this.#network;
    if (this.#isWaitingForLink) return;
    for (let segment = this.#onTheWay[0]; segment !== undefined; segment = this.#onTheWay[0]) {
      if (segment.due > scheduler.now) return;
      if (!this.#network.isReachable(this.out)) {
        this.#isWaitingForLink = true;
        links.whenRetried(() => {
          this.#isWaitingForLink = false;
          // Only a kernel sends again.
          if (this.#network.isPowered(this.local)) this.#deliver();
        });
        return;
      }
      this.#onTheWay.shift();
      this.#arrive(segment);
    }
  }

  #arrive({ bytes }: Segment): void {
    const { peer } = this;
    if (peer === undefined || peer.#isGone || this.isForgotten) return this.#network.reset(this);
    if (bytes === undefined) {
      peer.#hasEndArrived = true;
    } else {
      this.#network.scheduler.hash.addBytes(bytes);
      const split = this.#network.splitOf(bytes.length);
      peer.#arrived.push(bytes.subarray(0, split));
      if (split < bytes.length) {
        this.#onTheWay.unshift({ bytes: bytes.subarray(split), due: this.#network.scheduler.now + 0.02 });
        this.#network.scheduler.after(0.02, undefined, () => this.#deliver());
      }
    }
    peer.flow();
  }

  // Reading

  #flowSoon(): void {
    if (this.#arrived.length > 0 || this.#hasEndArrived)
      this.#network.scheduler.defer(this.life, () => this.#emitArrived());
  }

  /** Has the process read the arrived bytes, once it runs. */
  flow(): void {
    if (this.life.isAlive && !this.life.isPaused) return this.#emitArrived();
    if (this.#isFlowing) return;
    this.#isFlowing = true;
    this.life.run({
      isTimer: false,
      run: () => {
        this.#isFlowing = false;
        this.#emitArrived();
      },
    });
  }

  #emitArrived(): void {
    while (this.#arrived.length > 0) {
      if (this.destroyed || this.connecting || this.#isSuspended || this.listenerCount("data") === 0) return;
      const bytes = this.#takeArrived();
      this.#unreadByPeer(bytes.length);
      this.emit("data", bytes);
    }
    if (!this.#hasEndArrived || this.#hasEmittedEnd || this.destroyed || this.connecting) return;
    this.#hasEmittedEnd = true;
    this.emit("end");
    if (!this.#isHalfOpenAllowed) this.end();
    if (this.#hasSentEnd) this.destroy();
  }

  #takeArrived(): Uint8Array {
    if (this.#arrived.length === 1) return this.#arrived.pop()!;
    let [count, size] = [0, 0];
    for (const { length } of this.#arrived) {
      if (count > 0 && size + length > MAX_READ_BYTES) break;
      count++;
      size += length;
    }
    return Buffer.concat(this.#arrived.splice(0, count));
  }

  /** Gives the kernel of the writer room. */
  #unreadByPeer(count: number): void {
    const { peer } = this;
    if (peer === undefined) return;
    peer.#unread -= count;
    if (count > 0 && peer.#unsent.length > 0) peer.life.run({ isTimer: false, run: () => peer.#onRoom() });
  }

  #onRoom(): void {
    this.#send();
    if (this.writableLength > 0 || this.destroyed || !this.writableNeedDrain) return;
    this.writableNeedDrain = false;
    this.emit("drain");
  }

  // The kernel

  /** The connection exists. */
  connected(): void {
    if (this.destroyed) return;
    this.connecting = false;
    this.emit("connect");
    this.#send();
    if (this.#unsent.length === 0 && this.writableNeedDrain) this.#onRoom();
    this.#emitArrived();
  }

  /** The process reads the arrived bytes, and then loses the connection. */
  lose(error: Error): void {
    if (this.#isGone) return;
    this.life.run({
      isTimer: false,
      run: () => {
        this.#emitArrived();
        this.#onTheWay = [];
        this.#hasSentEnd = true;
        this.destroy(error);
      },
    });
  }

  /** Gives up this end. With `isReset` the other end loses the connection at once; otherwise after the bytes on their way. */
  #release(isReset: boolean): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#unsent = [];
    this.writableLength = 0;
    const { peer } = this;
    if (peer === undefined || this.#hasSentEnd) return;
    this.#hasSentEnd = true;
    if (isReset) this.#network.reset(peer);
    else this.#transmit(undefined);
  }

  /** The process has died: its kernel closes this end. */
  abandon(): void {
    this.destroyed = true;
    this.#release(this.#arrived.length > 0);
    this.#network.closed(this);
  }

  /** The kernel gives up a connection that no process has taken. */
  refuse(): void {
    this.destroyed = true;
    this.#release(true);
    this.emit("close");
    this.#network.closed(this);
  }

  /** The machine has lost power: the other end learns of it only when it sends something. */
  vanish(): void {
    this.destroyed = true;
    this.#isGone = true;
    this.#network.closed(this);
  }
}
