import type { Socket } from "node:net";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import {
  type AuthPacket,
  auth,
  type ConnectRequest,
  type ConnectResponse,
  FrameDecoder,
  JuteReader,
  OpCode,
  readConnectResponse,
  readWatcherEvent,
  type WatcherEvent,
  writeConnectRequest,
  writeRequestHeader,
  Xid,
} from "@conclave/protocol";
import type { Clock, Random, Timer } from "@conclave/runtime";
import type { LossCode, Pending, Sent } from "../operations/pending.js";
import type { SaslMechanism } from "../options/sasl-mechanism.js";
import { ConnectionError, type ConnectionErrorReason } from "./connection-error.js";
import { foreignProtocol, noHandshake, socketFailure } from "./failure-cause.js";
import { Heartbeat } from "./heartbeat.js";
import { InFlightQueue } from "./in-flight-queue.js";
import { newestProof } from "./newest-proof.js";
import { openSocket } from "./open-socket.js";
import { Outbox } from "./outbox.js";
import { ReadBatch } from "./read-batch.js";
import { ReadBatching } from "./read-batching.js";
import { SaslExchange } from "./sasl-exchange.js";
import { formatServer, type ServerAddress } from "./server-address.js";

/** Told what happens on a connection; must not throw. After `ended` nothing more is told. */
export interface ConnectionListener {
  /** The server answered the handshake that was sent at `sentAtMs` (and took our SASL); operations may be sent now. */
  attached(response: ConnectResponse, sentAtMs: number): void;
  /** A watch fired. */
  notified(event: WatcherEvent): void;
  /** The server answered an operation or a ping: its zxid (0, 0 where it tells none), and when it was sent. */
  answered(sentAtMs: number, zxidHigh: number, zxidLow: number): void;
  /**
   * Returns true if the deadline of the session has passed by the client's clock; with `answeredAtMs`, if it has passed
   * even when the request sent then is answered.
   */
  isOverdue(answeredAtMs?: number): boolean;
  /**
   * Expires the session if its deadline has passed, which may end this connection. Called before anything that happens
   * on the connection reaches the session or an operation.
   */
  compareClock(): void;
  /** The connection is over; its operations have been failed. */
  ended(error: ConnectionError): void;
}

export interface ConnectionOptions {
  readonly server: ServerAddress;
  readonly handshake: ConnectRequest;
  /** For the name's resolution and the TCP connection. */
  readonly connectTimeoutMs: number;
  /** From then on, for the answer to the handshake; and as long again for SASL. */
  readonly handshakeTimeoutMs: number;
  /** For TLS; `undefined` for none. */
  readonly tls: TlsOptions | undefined;
  /** How to prove oneself before anything else; `undefined` for not at all. */
  readonly sasl: SaslMechanism | undefined;
  readonly maxRequestBytes: number;
  readonly maxReplyBytes: number;
  /** Whether reads of one tick that stand next to each other leave as one. */
  readonly batchReads: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly listener: ConnectionListener;
}

type Phase = "connecting" | "handshaking" | "authenticating" | "serving" | "ended";

const LAST_XID = 0x7fff_ffff;
/** An async function that passes a result on takes three, so this covers two of them, such as `retry` and a typed view. */
const FLUSH_AFTER_MICROTASKS = 8;

/**
 * One TCP connection to a server, from the name's resolution to its end. Parser and queues are its own and die with it.
 * Whatever arrives, nothing is thrown: what cannot be understood ends the connection.
 *
 * Requests of one tick leave in one write. The flush comes some microtasks after the first request, so that the requests
 * of all the promise continuations that one chunk of replies sets off leave together too, where those continuations run
 * through several `await`s and async functions before they send.
 */
export class Connection {
  readonly server: string;
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  readonly #socket: Socket;
  readonly #decoder: FrameDecoder;
  readonly #reader = new JuteReader();
  readonly #batching: ReadBatching | undefined;
  readonly #outbox: Outbox;
  readonly #inFlight = new InFlightQueue();
  /** When each ping that was not answered yet was sent. */
  readonly #pings: number[] = [];
  /** Who waits for the answers to credentials; these overtake the answers to operations. */
  readonly #authReplies: ((errno: number) => void)[] = [];
  #phase: Phase = "connecting";
  #timer: Timer;
  #heartbeat: Heartbeat | undefined;
  #sasl: SaslExchange | undefined;
  #handshakeSentAtMs = 0;
  #nextXid = 1;
  #flushScheduled = false;
  #flushNowMs = 0;
  /** Frames that arrived after the session's deadline and are held until it is judged. */
  #late: Uint8Array[] | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#listener = options.listener;
    this.server = formatServer(options.server);
    this.#batching = options.batchReads ? new ReadBatching(options) : undefined;
    this.#outbox = new Outbox(this.#batching);
    const maxFrameBytes = this.#batching?.longestReplyBytes ?? options.maxReplyBytes;
    this.#decoder = new FrameDecoder({ maxFrameBytes });
    this.#timer = this.#endAfter(options.connectTimeoutMs, "no TCP connection");
    this.#socket = openSocket(options.server, options.random, options.tls, {
      opened: () => this.#shakeHands(),
      bytes: this.#onBytes,
    });
    this.#socket.on("error", (error) => this.#broken(error));
    this.#socket.on("close", () => this.#broken(undefined));
  }

  get address(): ServerAddress {
    return this.#options.server;
  }

  get isServing(): boolean {
    return this.#phase === "serving";
  }

  /** When the newest request that is still unanswered was sent; `-Infinity` for none. */
  get newestUnansweredMs(): number {
    if (this.#phase === "handshaking" || this.#phase === "authenticating") return this.#handshakeSentAtMs;
    return Math.max(this.#pings.at(-1) ?? -Infinity, this.#inFlight.at(this.#inFlight.size - 1)?.sentAtMs ?? -Infinity);
  }

  /** Sends an operation with the others of this tick. On a connection that is over it is lost. */
  send(pending: Pending): void {
    if (pending.settled) return;
    if (this.#phase !== "serving") {
      pending.lose("CONNECTION_LOSS");
      return;
    }
    const { reservedXid } = pending;
    pending.xid = reservedXid ?? this.#takeXid();
    // What the protocol reserves an xid for is of our own making, and its length is seen to.
    this.#outbox.append(pending, reservedXid === undefined ? this.#options.maxRequestBytes : Infinity);
    this.#scheduleFlush();
  }

  /** Sends credentials. `onReply` gets the result code; it is not called if the connection ends first. */
  authenticate(packet: AuthPacket, onReply: (errno: number) => void): void {
    if (this.#phase !== "serving") return;
    this.#outbox.appendFrame((out) => {
      writeRequestHeader(out, Xid.auth, auth.type);
      auth.writeRequest(out, packet);
    });
    this.#authReplies.push(onReply);
    this.#scheduleFlush();
  }

  /** Ends the connection for `reason`. Operations without an answer fail with `code`. */
  end(reason: ConnectionErrorReason, message: string, code?: LossCode, cause?: unknown): void {
    this.#end(new ConnectionError(reason, this.server, message, cause), code);
  }

  #endAfter(delayMs: number, what: string): Timer {
    return this.#options.clock.setTimer(delayMs, () => this.end("timeout", `${what} within ${Math.round(delayMs)} ms`));
  }

  #shakeHands(): void {
    if (this.#phase !== "connecting") return;
    this.#phase = "handshaking";
    this.#timer.cancel();
    this.#timer = this.#endAfter(this.#options.handshakeTimeoutMs, "no answer to the handshake");
    this.#outbox.appendFrame((out) => writeConnectRequest(out, this.#options.handshake));
    this.#flush();
    this.#handshakeSentAtMs = this.#flushNowMs;
  }

  #takeXid(): number {
    const xid = this.#nextXid;
    this.#nextXid = xid === LAST_XID ? 1 : xid + 1;
    return xid;
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    void this.#flushSoon();
  }

  async #flushSoon(): Promise<void> {
    for (let left = FLUSH_AFTER_MICROTASKS; left > 0; left--) await undefined;
    this.#flush();
  }

  readonly #flush = (): void => {
    this.#flushScheduled = false;
    if (this.#phase === "ended" || this.#outbox.isEmpty) return;
    this.#flushNowMs = this.#options.clock.now();
    const bytes = this.#outbox.take(this.#onSent);
    if (bytes.length === 0) return;
    this.#heartbeat?.noteSent(this.#flushNowMs);
    this.#socket.write(bytes);
  };

  readonly #onSent = (sent: Sent): void => {
    sent.sentAtMs = this.#flushNowMs;
    this.#inFlight.push(sent);
  };

  #ping(): void {
    this.#outbox.appendFrame((out) => writeRequestHeader(out, Xid.ping, OpCode.ping));
    this.#pings.push(this.#options.clock.now());
    this.#scheduleFlush();
  }

  readonly #onBytes = (bytes: Uint8Array): void => {
    if (this.#phase === "ended") return;
    this.#heartbeat?.noteHeard(this.#options.clock.now());
    try {
      if (this.#late !== undefined || this.#listener.isOverdue()) this.#readLate(bytes);
      else this.#decoder.push(bytes, this.#onFrame);
    } catch (error) {
      this.end("malformed", this.#malformed(bytes, error), undefined, error);
    }
  };

  #malformed(bytes: Uint8Array, error: unknown): string {
    const foreign = this.#phase === "handshaking" ? foreignProtocol(bytes) : undefined;
    return foreign ?? (error instanceof Error ? error.message : String(error));
  }

  /**
   * Reads bytes that arrive after the session's deadline, as after a stall of this process. Nothing of them is acted on
   * before the session is judged: it goes on if they answer a request that was sent late enough, and expires if no
   * answer can show that any more. In between, for a turn at most (SessionClock), the frames are held.
   */
  #readLate(bytes: Uint8Array): void {
    if (this.#listener.isOverdue(this.newestUnansweredMs)) this.#listener.compareClock();
    if (this.#phase !== "serving") {
      this.#decoder.push(bytes, this.#onFrame);
      return;
    }
    this.#late ??= [];
    const late = this.#late;
    this.#decoder.push(bytes, (buffer, start, end) => late.push(new Uint8Array(buffer.subarray(start, end))));
    const provenAtMs = newestProof(late, this.#inFlight, this.#pings);
    if (provenAtMs !== undefined) this.#listener.answered(provenAtMs, 0, 0);
    if (this.#listener.isOverdue()) return;
    this.#late = undefined;
    for (const frame of late) this.#onFrame(frame, 0, frame.length);
  }

  readonly #onFrame = (bytes: Uint8Array, start: number, end: number): void => {
    if (this.#phase === "ended") return;
    if (this.#batching !== undefined && !this.#mayBeSoLong(end - start)) return;
    const input = this.#reader.reset(bytes, start, end);
    if (this.#phase === "serving") this.#onServing(input);
    else if (this.#phase === "authenticating") this.#onAuthenticating(input);
    else this.#onHandshake(input);
  };

  /** With batches the decoder lets pass what only the answer to one may be. */
  #mayBeSoLong(bytes: number): boolean {
    const { maxReplyBytes } = this.#options;
    if (bytes <= maxReplyBytes || this.#inFlight.peek() instanceof ReadBatch) return true;
    this.end("malformed", `a frame of ${bytes} bytes, where ${maxReplyBytes} are allowed (maxReplyBytes)`);
    return false;
  }

  #onHandshake(input: JuteReader): void {
    const response = readConnectResponse(input);
    this.#timer.cancel();
    // One that says that the session is over says no more.
    if (this.#options.sasl === undefined || response.timeoutMs <= 0) this.#serve(response);
    else this.#authenticate(this.#options.sasl, response);
  }

  #serve(response: ConnectResponse): void {
    this.#phase = "serving";
    if (response.timeoutMs > 0) this.#startHeartbeat(response.timeoutMs);
    this.#listener.attached(response, this.#handshakeSentAtMs);
  }

  #authenticate(mechanism: SaslMechanism, response: ConnectResponse): void {
    this.#phase = "authenticating";
    this.#timer = this.#endAfter(this.#options.handshakeTimeoutMs, "no end of SASL");
    this.#sasl = new SaslExchange(mechanism, this.#options.server, {
      takeXid: () => this.#takeXid(),
      send: (write) => {
        this.#outbox.appendFrame(write);
        this.#flush();
      },
      done: () => {
        this.#timer.cancel();
        this.#serve(response);
      },
      failed: (message, cause) => this.end("unauthenticated", message, undefined, cause),
    });
  }

  #onAuthenticating(input: JuteReader): void {
    const xid = input.readInt();
    input.readLong();
    this.#sasl?.heard(xid, input.readInt(), input);
  }

  #startHeartbeat(sessionTimeoutMs: number): void {
    this.#heartbeat = new Heartbeat({
      clock: this.#options.clock,
      sessionTimeoutMs,
      ping: () => this.#ping(),
      onSilent: (silentMs) => this.end("silent", `nothing arrived for ${Math.round(silentMs)} ms`),
    });
  }

  #onServing(input: JuteReader): void {
    const xid = input.readInt();
    const zxidHigh = input.readInt();
    const zxidLow = input.readInt();
    const errno = input.readInt();
    if (xid >= 0 || xid === Xid.setWatches) this.#onReply(xid, zxidHigh, zxidLow, errno, input);
    else if (xid === Xid.notification) this.#listener.notified(readWatcherEvent(input));
    else if (xid === Xid.ping) this.#onPong();
    else if (xid === Xid.auth) this.#onAuthReply(errno);
    else this.end("malformed", `a reply with the xid ${xid}`);
  }

  #onReply(xid: number, zxidHigh: number, zxidLow: number, errno: number, input: JuteReader): void {
    const sent = this.#inFlight.peek();
    if (sent === undefined || sent.xid !== xid) {
      const expected = sent === undefined ? "none is expected" : `${sent.xid} is expected`;
      this.end("malformed", `a reply with the xid ${xid}, where ${expected}`);
      return;
    }
    if (this.#batching !== undefined && errno === 0 && sent.type === OpCode.getData) {
      this.#batching.note(input.remaining);
    }
    // Left in the queue until it is read, so that one whose reply is garbled is lost with the connection.
    if (errno === 0) sent.succeed(input);
    else sent.refuse(errno);
    this.#inFlight.shift();
    this.#listener.answered(sent.sentAtMs, zxidHigh, zxidLow);
  }

  #onPong(): void {
    const sentAtMs = this.#pings.shift();
    if (sentAtMs === undefined) this.end("malformed", "an answer to a ping, where none is expected");
    else this.#listener.answered(sentAtMs, 0, 0);
  }

  #onAuthReply(errno: number): void {
    const onReply = this.#authReplies.shift();
    if (onReply === undefined) this.end("malformed", "an answer to credentials, where none is expected");
    else onReply(errno);
  }

  #broken(error: Error | undefined): void {
    if (this.#phase === "ended") return;
    const isOpening = this.#phase === "connecting";
    this.end(isOpening ? "unreachable" : "closed", this.#whyBroken(error, isOpening), undefined, error);
  }

  #whyBroken(error: Error | undefined, isOpening: boolean): string {
    const usesTls = this.#options.tls !== undefined;
    if (error !== undefined) return socketFailure(error, usesTls, isOpening);
    if (isOpening) return "no connection";
    if (this.#phase === "handshaking") return noHandshake(usesTls);
    return this.#phase === "authenticating" ? "the server hung up during SASL" : "the server hung up";
  }

  #isOver(): boolean {
    return this.#phase === "ended";
  }

  #end(error: ConnectionError, code: LossCode = "CONNECTION_LOSS"): void {
    if (this.#phase === "ended") return;
    // An expiry ends this connection too.
    this.#listener.compareClock();
    if (this.#isOver()) return;
    this.#phase = "ended";
    this.#timer.cancel();
    this.#heartbeat?.stop();
    this.#sasl?.stop();
    this.#socket.destroy();
    for (const pending of this.#inFlight.clear()) pending.lose(code, error);
    for (const pending of this.#outbox.clear()) pending.lose(code, error);
    this.#listener.ended(error);
  }
}
