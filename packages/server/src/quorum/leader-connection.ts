import { JuteWriter, type QuorumPacket, QuorumPacketDecoder, writeQuorumPacket } from "@conclave/protocol";
import type { Clock, Timer } from "@conclave/runtime";
import type { LeaderPacket } from "../zab/packets.js";
import { ChunkQueue } from "./chunk-queue.js";
import { isSecured, type Network, type PortAddress, type QuorumSocket } from "./network.js";
import { decodeLeaderPacket } from "./packet-codec.js";

export interface LeaderConnectionOptions {
  /** Addresses of the leader's quorum port, or of observer masters; each is tried in turn. */
  readonly addresses: readonly PortAddress[];
  /** Time before the first attempt. @default 0 */
  readonly delayMs?: number | undefined;
  /** Time for all attempts to connect: a leader opens its port only after the election. */
  readonly connectLimitMs: number;
  /** Largest packet of a leader. */
  readonly maxPacketBytes: number;
  readonly network: Network;
  readonly clock: Clock;
  /** Calls back at the end of this turn of the event loop. */
  readonly defer: (task: () => void) => void;
  readonly onConnected: (address: PortAddress) => void;
  readonly onPacket: (packet: LeaderPacket) => void;
  /** Called after the packets that arrived together. */
  readonly onRead: () => void;
  /** Called when nothing has come for the time that {@link LeaderConnection.setReadTimeout} has set. */
  readonly onSilent: () => void;
  /** Called once, when the connection has ended or could not be made; not after {@link LeaderConnection.close}. */
  readonly onClosed: (cause: string) => void;
}

const RETRY_MS = 20;
/** Time in which a server that was elected opens its port. One that refuses for longer does not lead, or not any more. */
const REFUSED_LIMIT_MS = 1_000;
const ATTEMPT_TIMEOUT_MS = 2_000;
/** The same with TLS or authentication. */
const SECURED_ATTEMPT_TIMEOUT_MS = 10_000;
/** Time to the next attempt after a handshake that failed: it costs both servers something, and fails again as a rule. */
const HANDSHAKE_RETRY_MS = 1_000;
/** A stall of the process is noticed to this part of the timeout. */
const CHECKS_PER_TIMEOUT = 4;
/** Bytes of a snapshot that may wait for the disk. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** A learner's connection to its leader. */
export class LeaderConnection {
  readonly #options: LeaderConnectionOptions;
  readonly #decoder: QuorumPacketDecoder;
  readonly #deadline: number;
  /** Time until which a refusal is no answer. */
  readonly #refusedDeadline: number;
  #socket: QuorumSocket | undefined;
  #snapshot: ChunkQueue | undefined;
  #retry: Timer | undefined;
  #reading: Timer | undefined;
  #readTimeoutMs = Number.POSITIVE_INFINITY;
  #readAt = 0;
  #out = new JuteWriter();
  #isFlushing = false;
  #isClosed = false;

  constructor(options: LeaderConnectionOptions) {
    const { clock, connectLimitMs, delayMs = 0 } = options;
    this.#options = options;
    const startsAt = clock.now() + delayMs;
    this.#deadline = startsAt + connectLimitMs;
    this.#refusedDeadline = startsAt + Math.min(REFUSED_LIMIT_MS, connectLimitMs);
    this.#decoder = new QuorumPacketDecoder({
      maxDataBytes: options.maxPacketBytes,
      onPacket: (packet) => {
        if (!this.#isClosed) options.onPacket(decodeLeaderPacket(packet));
      },
      onSnapshotBytes: (bytes) => this.#receiveSnapshot(bytes),
    });
    if (delayMs > 0) this.#retry = clock.setTimer(delayMs, () => this.#dial(0));
    else this.#dial(0);
  }

  /** Sends a packet at the end of this turn, together with others. */
  send(packet: QuorumPacket): void {
    writeQuorumPacket(this.#out, packet);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#options.defer(() => {
      this.#isFlushing = false;
      this.flush();
    });
  }

  /** Sends at once what {@link send} has taken. */
  flush(): void {
    if (this.#isClosed || this.#out.length === 0) return;
    this.#socket?.write(Buffer.from(this.#out.peek()));
    this.#out.clear();
  }

  /** Bytes of the snapshot that follows on the connection. {@link endSnapshot} must follow. */
  get snapshot(): AsyncIterable<Uint8Array> {
    this.#snapshot ??= new ChunkQueue(() => this.#resume());
    return this.#snapshot;
  }

  /** Goes on with packets after a snapshot. `unread` are the bytes that its reader has taken, and that do not belong to it. */
  endSnapshot(unread: Uint8Array): void {
    const rest = Buffer.concat([unread, this.#snapshot?.takeRest() ?? new Uint8Array(0)]);
    this.#snapshot = undefined;
    this.#socket?.resume();
    this.#decode(() => this.#decoder.endSnapshot(rest));
  }

  setReadTimeout(ms: number): void {
    this.#readTimeoutMs = ms;
    this.#readAt = this.#options.clock.now();
    this.#reading?.cancel();
    this.#watchReads(ms);
  }

  close(): void {
    this.#isClosed = true;
    this.#retry?.cancel();
    this.#reading?.cancel();
    this.#snapshot?.fail(new Error("the connection to the leader was closed"));
    this.#socket?.destroy();
  }

  #dial(attempt: number): void {
    const { addresses, network, clock } = this.#options;
    const address = addresses[attempt % addresses.length];
    if (address === undefined) {
      this.#retry = clock.setTimer(RETRY_MS, () => this.#end("no configuration has the leader's address"));
      return;
    }
    const { host, port } = address;
    const socket = network.connect({ host, port });
    const attemptMs = isSecured(network) ? SECURED_ATTEMPT_TIMEOUT_MS : ATTEMPT_TIMEOUT_MS;
    const timer = clock.setTimer(attemptMs, () => socket.destroy(new Error(`no answer from ${host}:${port}`)));
    let cause = "the leader closed the connection";
    let isRefused = false;
    this.#socket = socket;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      cause = error.message;
      isRefused = error.code === "ECONNREFUSED";
    });
    const connected = (received: Uint8Array): void => {
      timer.cancel();
      if (this.#isClosed) return;
      socket.on("data", (chunk: Buffer) => this.#receive(chunk));
      socket.off("close", notConnected);
      socket.once("close", () => this.#end(cause));
      if (received.length > 0) socket.unshift(received);
      this.#options.onConnected(address);
    };
    socket.once(network.readyEvent ?? "connect", () => {
      if (network.authentication === undefined) connected(EMPTY);
      else network.authentication.prove(socket, connected);
    });
    const notConnected = (): void => {
      timer.cancel();
      if (this.#isClosed) return;
      if (clock.now() >= (isRefused ? this.#refusedDeadline : this.#deadline)) return this.#end(cause);
      const retryMs = isSecured(network) && !isRefused ? HANDSHAKE_RETRY_MS : RETRY_MS;
      this.#retry = clock.setTimer(retryMs, () => this.#dial(attempt + 1));
    };
    socket.once("close", notConnected);
  }

  #receive(chunk: Uint8Array): void {
    if (this.#isClosed) return;
    this.#readAt = this.#options.clock.now();
    this.#decode(() => this.#decoder.push(chunk));
  }

  #decode(push: () => void): void {
    try {
      push();
    } catch (error) {
      this.#end(`the leader sent what cannot be read: ${(error as Error).message}`);
    }
    if (!this.#isClosed) this.#options.onRead();
  }

  #receiveSnapshot(bytes: Uint8Array): void {
    this.#snapshot ??= new ChunkQueue(() => this.#resume());
    this.#snapshot.push(bytes);
    if (this.#snapshot.length > MAX_WAITING_BYTES) this.#socket?.pause();
  }

  #resume(): void {
    if (this.#snapshot !== undefined && this.#snapshot.length <= MAX_WAITING_BYTES) this.#socket?.resume();
  }

  #end(cause: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.onClosed(cause);
  }

  /** A leader is not silent while this server does not read, or while its process does not run. */
  #watchReads(ms: number): void {
    const { clock, defer } = this.#options;
    const step = Math.min(ms, this.#readTimeoutMs / CHECKS_PER_TIMEOUT);
    const due = clock.now() + step;
    this.#reading = clock.setTimer(step, () => {
      const late = clock.now() - due;
      if (late > step) this.#readAt += late;
      const timer = this.#reading;
      // What has arrived is read first.
      defer(() => timer === this.#reading && this.#checkReads());
    });
  }

  #checkReads(): void {
    if (this.#isClosed) return;
    const left = this.#readAt + this.#readTimeoutMs - this.#options.clock.now();
    if (left > 0) this.#watchReads(left);
    else if (this.#socket?.isPaused() === true || this.#snapshot !== undefined)
      this.setReadTimeout(this.#readTimeoutMs);
    else this.#options.onSilent();
  }
}

const EMPTY = new Uint8Array(0);
