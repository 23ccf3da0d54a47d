import type { Socket } from "node:net";
import {
  type AuthPacket,
  auth,
  type ConnectResponse,
  FrameDecoder,
  JuteReader,
  OpCode,
  ProtocolError,
  readConnectResponse,
  readWatcherEvent,
  writeConnectRequest,
  writeRequestHeader,
  Xid,
} from "@conclave/protocol";
import type { Timer } from "@conclave/runtime";
import { ConnectionError, type ConnectionErrorReason } from "../api/connection-error.js";
import type { SaslMechanism } from "../api/sasl-mechanism.js";
import type { LossCode, Pending, Sent } from "../requests/pending.js";
import type { ConnectionListener, ConnectionOptions } from "./connection-options.js";
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

type Phase = "connecting" | "handshaking" | "authenticating" | "serving" | "ended";

const LAST_XID = 0x7fff_ffff;
/**
 * So many bytes of a reply that is not whole yet count as a sign of life, so that a large reply may take its time. Answers to
 * pings, which are all that an idle server sends into a frame of a malformed length, stay far below.
 */
const PROGRESS_BYTES = 64 * 1024;
/** int xid, long zxid, int err. */
const REPLY_HEADER_BYTES = 16;
/**
 * Passing a result on through one async function takes three microtasks: this covers two, such as `retry` and a typed
 * view.
 */
const FLUSH_AFTER_MICROTASKS = 8;

/**
 * One TCP connection to a server, from resolving the name to the end. It owns its parser and queues, and they end with
 * it. It never throws on bytes from the server: bytes that it cannot parse end the connection.
 *
 * The requests of one tick are written together. The flush runs some microtasks after the first request, so that the
 * requests of all promise continuations that one chunk of replies triggers are written together as well, even if those
 * continuations pass through several `await`s and async functions first.
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
  /** Send times of the pings that are still unanswered. */
  readonly #pings: number[] = [];
  /** Callbacks for the answers to credentials; these answers overtake those to operations. */
  readonly #authReplies: ((errno: number) => void)[] = [];
  #phase: Phase = "connecting";
  /** Limit of the current step of the attempt. */
  #timer: Timer | undefined;
  #heartbeat: Heartbeat | undefined;
  #sasl: SaslExchange | undefined;
  #handshakeSentAtMs = 0;
  #nextXid = 1;
  #flushScheduled = false;
  #flushNowMs = 0;
  /** True if the current bytes complete a frame. Bytes alone do not show that the server is well (heartbeat.ts). */
  #hasFrame = false;
  /** Bytes received since the last sign of life. */
  #unfinishedBytes = 0;
  /** Frames that arrived after the session's deadline, held until the session is judged. */
  #late: { readonly bytes: Uint8Array; readonly length: number }[] | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#listener = options.listener;
    this.server = formatServer(options.server);
    this.#batching = options.batchReads ? new ReadBatching(options) : undefined;
    this.#outbox = new Outbox(this.#batching);
    const maxFrameBytes = this.#batching?.longestReplyBytes ?? options.maxReplyBytes;
    this.#decoder = new FrameDecoder({ maxFrameBytes });
    this.#endAfter(options.connectTimeoutMs, "no TCP connection");
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

  /** Returns the send time of the newest request that is still unanswered; `-Infinity` for none. */
  get newestUnansweredMs(): number {
    if (this.#phase === "handshaking" || this.#phase === "authenticating") return this.#handshakeSentAtMs;
    return Math.max(this.#pings.at(-1) ?? -Infinity, this.#inFlight.at(this.#inFlight.size - 1)?.sentAtMs ?? -Infinity);
  }

  /** Sends an operation together with the others of this tick. On a connection that has ended, the operation fails. */
  send(pending: Pending): void {
    if (pending.settled) return;
    if (this.#phase !== "serving") {
      pending.lose("CONNECTION_LOSS");
      return;
    }
    const { reservedXid } = pending;
    pending.xid = reservedXid ?? this.#takeXid();
    // Requests with a reserved xid are the client's own, and their length is limited elsewhere.
    this.#outbox.append(pending, reservedXid === undefined ? this.#options.maxRequestBytes : Infinity);
    this.#scheduleFlush();
  }

  /** Sends credentials. `onReply` receives the result code; it is not called if the connection ends first. */
  authenticate(packet: AuthPacket, onReply: (errno: number) => void): void {
    if (this.#phase !== "serving") return;
    this.#outbox.appendFrame((out) => {
      writeRequestHeader(out, Xid.auth, auth.type);
      auth.writeRequest(out, packet);
    });
    this.#authReplies.push(onReply);
    this.#scheduleFlush();
  }

  /** Ends the connection for `reason`. Unanswered operations fail with `code`. */
  end(reason: ConnectionErrorReason, message: string, code?: LossCode, cause?: unknown): void {
    this.#end(new ConnectionError(reason, this.server, message, cause), code);
  }

  /**
   * Ends the connection after `delayMs`. After a stall of this process the awaited bytes may wait in the socket: they are
   * read for one turn of the event loop first.
   */
  #endAfter(delayMs: number, missing: string): void {
    const { clock } = this.#options;
    const end = (): void => this.end("timeout", `${missing} within ${Math.round(delayMs)} ms`);
    this.#timer?.cancel();
    this.#timer = clock.setTimer(delayMs, () => {
      this.#timer = clock.setTimer(0, end);
    });
  }

  #shakeHands(): void {
    if (this.#phase !== "connecting") return;
    this.#phase = "handshaking";
    this.#endAfter(this.#options.handshakeTimeoutMs, "no answer to the handshake");
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
    this.#hasFrame = false;
    this.#unfinishedBytes += bytes.length;
    try {
      if (this.#late !== undefined || this.#listener.isOverdue()) this.#readLate(bytes);
      else this.#decoder.push(bytes, this.#onFrame);
    } catch (error) {
      this.end("malformed", this.#malformed(bytes, error), undefined, error);
    }
    if (!this.#hasFrame && this.#unfinishedBytes < PROGRESS_BYTES) return;
    this.#unfinishedBytes = 0;
    this.#heartbeat?.noteHeard(this.#options.clock.now());
  };

  #malformed(bytes: Uint8Array, error: unknown): string {
    const foreign = this.#phase === "handshaking" ? foreignProtocol(bytes) : undefined;
    return foreign ?? (error instanceof Error ? error.message : String(error));
  }

  /**
   * Reads bytes that arrive after the session's deadline, as after a stall of this process. No frame is delivered
   * before the session is judged: the session continues if the frames answer a request that was sent late enough, and
   * it expires if no answer can prove it alive any more. Otherwise the frames are held, for at most one turn of the
   * event loop (SessionClock).
   */
  #readLate(bytes: Uint8Array): void {
    if (this.#listener.isOverdue(this.newestUnansweredMs)) this.#listener.compareClock();
    if (this.#phase !== "serving") {
      this.#decoder.push(bytes, this.#onFrame);
      return;
    }
    this.#late ??= [];
    const late = this.#late;
    this.#decoder.push(bytes, (buffer, start, end, length) => {
      this.#hasFrame = true;
      late.push({ bytes: new Uint8Array(buffer.subarray(start, end)), length });
    });
    const frames = late.map((frame) => frame.bytes);
    const provenAtMs = newestProof(frames, this.#inFlight, this.#pings);
    if (provenAtMs !== undefined) this.#listener.answered(provenAtMs, 0, 0);
    if (this.#listener.isOverdue()) return;
    this.#late = undefined;
    for (const frame of late) this.#onFrame(frame.bytes, 0, frame.bytes.length, frame.length);
  }

  readonly #onFrame = (bytes: Uint8Array, start: number, end: number, length: number): void => {
    if (this.#phase === "ended") return;
    this.#hasFrame = true;
    const input = this.#reader.reset(bytes, start, end);
    if (length > this.#options.maxReplyBytes && !this.#mayBeSoLong(length)) return this.#onLongFrame(input, length);
    if (this.#phase === "serving") this.#onServing(input);
    else if (this.#phase === "authenticating") this.#onAuthenticating(input);
    else this.#onHandshake(input);
  };

  /** With batched reads the decoder accepts longer frames, but only the reply to a batch may be so long. */
  #mayBeSoLong(bytes: number): boolean {
    return bytes <= (this.#batching?.longestReplyBytes ?? 0) && this.#inFlight.peek() instanceof ReadBatch;
  }

  /** Rejects the operation of a reply that is too long, and no other: the connection continues after the reply. */
  #onLongFrame(input: JuteReader, length: number): void {
    const { maxReplyBytes } = this.#options;
    const sent = this.#inFlight.peek();
    if (this.#phase !== "serving" || sent === undefined || sent.xid !== input.readInt()) {
      throw new ProtocolError(
        "oversized",
        `a frame of ${length} bytes is longer than maxReplyBytes (${maxReplyBytes}), and is not the expected reply`,
      );
    }
    const [zxidHigh, zxidLow] = [input.readInt(), input.readInt()];
    sent.overflow(length, maxReplyBytes);
    this.#inFlight.shift();
    this.#listener.answered(sent.sentAtMs, zxidHigh, zxidLow);
  }

  #onHandshake(input: JuteReader): void {
    const response = readConnectResponse(input);
    this.#timer?.cancel();
    // After a session-expired response the server sends nothing else.
    if (this.#options.sasl === undefined || response.timeoutMs <= 0) this.#serve(response);
    else this.#authenticate(this.#options.sasl, response);
  }

  #serve(response: ConnectResponse): void {
    this.#phase = "serving";
    this.#decoder.cutLongFrames(REPLY_HEADER_BYTES);
    if (response.timeoutMs > 0) this.#startHeartbeat(response.timeoutMs);
    this.#listener.attached(response, this.#handshakeSentAtMs);
  }

  #authenticate(mechanism: SaslMechanism, response: ConnectResponse): void {
    this.#phase = "authenticating";
    this.#endAfter(this.#options.handshakeTimeoutMs, "the SASL exchange did not finish");
    this.#sasl = new SaslExchange(mechanism, this.#options.server, {
      takeXid: () => this.#takeXid(),
      send: (write) => {
        this.#outbox.appendFrame(write);
        this.#flush();
      },
      done: () => {
        this.#timer?.cancel();
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
      onSilent: (silentMs) => this.end("silent", `no complete reply arrived for ${Math.round(silentMs)} ms`),
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
    else this.end("malformed", `a reply with the unknown xid ${xid}`);
  }

  #onReply(xid: number, zxidHigh: number, zxidLow: number, errno: number, input: JuteReader): void {
    const sent = this.#inFlight.peek();
    if (sent === undefined || sent.xid !== xid) {
      const expected = sent === undefined ? "no reply is expected" : `${sent.xid} is expected`;
      this.end("malformed", `a reply with the xid ${xid}, but ${expected}`);
      return;
    }
    if (this.#batching !== undefined && errno === 0 && sent.type === OpCode.getData) {
      this.#batching.note(input.remaining);
    }
    // Stays in the queue until its reply is parsed: if the reply is malformed, the operation fails with the connection.
    if (errno === 0) sent.succeed(input);
    else sent.refuse(errno);
    this.#inFlight.shift();
    this.#listener.answered(sent.sentAtMs, zxidHigh, zxidLow);
  }

  #onPong(): void {
    const sentAtMs = this.#pings.shift();
    if (sentAtMs === undefined) this.end("malformed", "an answer to a ping that was not sent");
    else this.#listener.answered(sentAtMs, 0, 0);
  }

  #onAuthReply(errno: number): void {
    const onReply = this.#authReplies.shift();
    if (onReply === undefined) this.end("malformed", "an answer to credentials that were not sent");
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
    // If this expires the session, it ends this connection as well.
    this.#listener.compareClock();
    if (this.#isOver()) return;
    this.#phase = "ended";
    this.#timer?.cancel();
    this.#heartbeat?.stop();
    this.#sasl?.stop();
    this.#socket.destroy();
    for (const pending of this.#inFlight.clear()) pending.lose(code, error);
    for (const pending of this.#outbox.clear()) pending.lose(code, error);
    this.#listener.ended(error);
  }
}
