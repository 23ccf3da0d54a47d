import type { Socket } from "node:net";
import {
  type AuthPacket,
  auth,
  type ConnectResponse,
  JuteReader,
  OpCode,
  readConnectResponse,
  writeConnectRequest,
  writeRequestHeader,
  Xid,
} from "@conclave/protocol";
import type { Timer } from "@conclave/runtime";
import { ConnectionError, type ConnectionErrorReason } from "../api/connection-error.js";
import type { SaslMechanism } from "../api/sasl-mechanism.js";
import type { LossCode, Pending, Sent } from "../requests/pending.js";
import { askVersion, knowsMultiRead } from "./ask-version.js";
import type { ConnectionListener, ConnectionOptions, ReplyListener } from "./connection-options.js";
import { foreignProtocol, noHandshake, socketFailure } from "./failure-cause.js";
import { Heartbeat } from "./heartbeat.js";
import { InputGate } from "./input-gate.js";
import { openSocket } from "./open-socket.js";
import { OutputBuffer } from "./output-buffer.js";
import { ReadBatching } from "./read-batching.js";
import { ReplyMatcher } from "./reply-matcher.js";
import { SaslExchange } from "./sasl-exchange.js";
import { formatServer, type ServerAddress } from "./server-address.js";
import { SyncBeforeReads } from "./sync-before-reads.js";
import { Unanswered } from "./unanswered.js";

type Phase = "connecting" | "handshaking" | "authenticating" | "serving" | "ended";

/**
 * One TCP connection to a server, from resolving the name to the end. It owns its parser and queues, and they end with
 * it. It never throws on bytes from the server: bytes that it cannot parse end the connection.
 */
export class Connection {
  readonly server: string;
  readonly #options: ConnectionOptions;
  readonly #listener: ConnectionListener;
  readonly #replies: ReplyListener;
  readonly #socket: Socket;
  readonly #reader = new JuteReader();
  readonly #matcher: ReplyMatcher;
  readonly #input: InputGate;
  readonly #output: OutputBuffer;
  readonly #unanswered = new Unanswered();
  #phase: Phase = "connecting";
  /** Limit of the current step of the attempt. */
  #timer: Timer | undefined;
  #heartbeat: Heartbeat | undefined;
  #sasl: SaslExchange | undefined;
  #abortQuestion: (() => void) | undefined;
  #handshakeSentAtMs = 0;
  #nextXid = 1;
  #flushNowMs = 0;
  /** The `sync` that the next flush sends, if linearizable reads wait for it. */
  #sync: SyncBeforeReads | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#listener = options.listener;
    this.#replies = options.replies;
    this.server = formatServer(options.server);
    const batching = this.#newBatching();
    this.#output = new OutputBuffer(() => this.#flush(), batching);
    this.#matcher = new ReplyMatcher({
      unanswered: this.#unanswered,
      batching,
      maxReplyBytes: options.maxReplyBytes,
      listener: options.replies,
    });
    this.#input = new InputGate({
      maxFrameBytes: options.maxReplyBytes,
      listener: options.replies,
      unanswered: this.#unanswered,
      isServing: () => this.#phase === "serving",
      newestUnansweredMs: () => this.newestUnansweredMs,
      onFrame: this.#onFrame,
      onProgress: () => this.#heartbeat?.noteReceived(options.clock.now()),
    });
    if (batching?.isOn === true) this.#input.acceptUpTo(batching.longestReplyBytes);
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

  /** Step of the attempt to connect that is not finished, as text for messages. */
  get waitsFor(): string {
    if (this.#phase === "connecting")
      return `a ${this.#options.tls === undefined ? "TCP" : "TLS"} connection to ${this.server}`;
    if (this.#phase === "authenticating") return `the SASL exchange with ${this.server}`;
    return `the answer of ${this.server} to the handshake`;
  }

  /** Returns the send time of the newest request that is still unanswered; `-Infinity` for none. */
  get newestUnansweredMs(): number {
    if (this.#phase === "handshaking" || this.#phase === "authenticating") return this.#handshakeSentAtMs;
    return this.#unanswered.newestSentAtMs;
  }

  /** Sends an operation together with the others of this tick. On a connection that has ended, the operation fails. */
  send(pending: Pending): void {
    if (pending.settled) return;
    if (this.#phase !== "serving") {
      pending.failWith("CONNECTION_LOSS");
      return;
    }
    if (pending.needsSync) this.#syncBefore(pending);
    const { reservedXid } = pending;
    pending.xid = reservedXid ?? this.#takeXid();
    // Requests with a reserved xid are the client's own, and their length is limited elsewhere.
    this.#output.append(pending, reservedXid === undefined ? this.#options.maxRequestBytes : Infinity);
  }

  /** Makes the next flush send a `sync` before this read; one for all reads that it sends. */
  #syncBefore(read: Pending): void {
    if (this.#sync === undefined) {
      this.#sync = new SyncBeforeReads();
      this.#sync.xid = this.#takeXid();
      this.#output.append(this.#sync, Infinity);
    }
    this.#sync.add(read);
  }

  /** Sends credentials. `onReply` receives the result code; it is not called if the connection ends first. */
  authenticate(packet: AuthPacket, onReply: (errno: number) => void): void {
    if (this.#phase !== "serving") return;
    this.#output.appendFrame((out) => {
      writeRequestHeader(out, Xid.auth, auth.type);
      auth.writeRequest(out, packet);
    });
    this.#unanswered.credentials.push(onReply);
  }

  /** Ends the connection for `reason`. Unanswered operations fail with `code`. */
  end(reason: ConnectionErrorReason, message: string, code?: LossCode, cause?: unknown): void {
    this.#end(new ConnectionError(reason, this.server, message, cause), code);
  }

  /**
   * Ends the connection after `delayMs`. After a stall of this process the awaited bytes may wait in the socket: they are
   * read for one turn of the event loop first.
   */
  #endAfter(delayMs: number, missing: string, hint = ""): void {
    const { clock } = this.#options;
    const end = (): void => this.end("timeout", `${missing} within ${Math.round(delayMs)} ms${hint}`);
    this.#timer?.cancel();
    this.#timer = clock.setTimer(delayMs, () => {
      this.#timer = clock.setTimer(0, end);
    });
  }

  #newBatching(): ReadBatching | undefined {
    const { batchReads } = this.#options;
    if (batchReads === false) return undefined;
    if (batchReads === true) return new ReadBatching(this.#options);
    const batching = new ReadBatching(this.#options, {
      ask: () => void this.#askVersion(batching),
      refused: () => {
        this.#options.onBatchRefused();
        this.end("refused", "the server refused joined reads, although the version that it reports knows them");
      },
    });
    return batching;
  }

  /** Asks the server for its version, on another connection to the same address, and joins reads if it knows `multiRead`. */
  async #askVersion(batching: ReadBatching): Promise<void> {
    const { server, connectTimeoutMs: timeoutMs, tls, clock, random } = this.#options;
    const address = this.#socket.remoteAddress;
    const { answer, abort } = askVersion(server, { timeoutMs, tls, clock, random, address });
    this.#abortQuestion = abort;
    const version = await answer;
    if (this.#phase !== "serving" || version === undefined || !knowsMultiRead(version)) return;
    this.#input.acceptUpTo(batching.longestReplyBytes);
    batching.turnOn();
  }

  #shakeHands(): void {
    if (this.#phase !== "connecting") return;
    this.#phase = "handshaking";
    const hint = "; the port may not be ZooKeeper's client port";
    this.#endAfter(this.#options.handshakeTimeoutMs, "no answer to the handshake", hint);
    this.#output.appendFrame((out) => writeConnectRequest(out, this.#options.handshake));
    this.#flush();
    this.#handshakeSentAtMs = this.#flushNowMs;
  }

  #takeXid(): number {
    const xid = this.#nextXid;
    this.#nextXid = xidAfter(xid);
    return xid;
  }

  readonly #flush = (): void => {
    this.#flushNowMs = this.#options.clock.now();
    this.#sync = undefined;
    const bytes = this.#output.take(this.#onSent);
    if (bytes.length === 0) return;
    this.#heartbeat?.noteSent(this.#flushNowMs);
    this.#socket.write(bytes);
  };

  readonly #onSent = (sent: Sent): void => {
    sent.sentAtMs = this.#flushNowMs;
    this.#unanswered.operations.push(sent);
  };

  #ping(): void {
    this.#output.appendFrame((out) => writeRequestHeader(out, Xid.ping, OpCode.ping));
    this.#unanswered.pings.push(this.#options.clock.now());
  }

  readonly #onBytes = (bytes: Uint8Array): void => {
    const foreign = this.#phase === "handshaking" ? foreignProtocol(bytes) : undefined;
    if (foreign !== undefined) {
      this.end("malformed", foreign);
      return;
    }
    try {
      this.#input.push(bytes);
    } catch (error) {
      this.end("malformed", error instanceof Error ? error.message : String(error), undefined, error);
    }
  };

  readonly #onFrame = (bytes: Uint8Array, start: number, end: number, length: number): void => {
    if (this.#phase === "ended") return;
    const input = this.#reader.reset(bytes, start, end);
    if (this.#phase === "serving") {
      if (this.#matcher.isTooLong(length)) this.#matcher.onLongReply(input, length);
      else this.#matcher.onReply(input);
    } else if (this.#phase === "authenticating") this.#onAuthenticating(input);
    else this.#onHandshake(input);
  };

  #onHandshake(input: JuteReader): void {
    const response = readConnectResponse(input);
    this.#timer?.cancel();
    // After a session-expired response the server sends nothing else.
    if (this.#options.sasl === undefined || response.timeoutMs <= 0) this.#serve(response);
    else this.#authenticate(this.#options.sasl, response);
  }

  #serve(response: ConnectResponse): void {
    this.#phase = "serving";
    this.#input.cutLongReplies();
    this.#startHeartbeat(response.timeoutMs);
    this.#listener.attached(response, this.#handshakeSentAtMs);
  }

  #authenticate(mechanism: SaslMechanism, response: ConnectResponse): void {
    this.#phase = "authenticating";
    this.#endAfter(this.#options.handshakeTimeoutMs, "the SASL exchange did not finish");
    this.#sasl = new SaslExchange(mechanism, this.#options.server, {
      takeXid: () => this.#takeXid(),
      send: (write) => {
        this.#output.appendFrame(write);
        this.#flush();
      },
      completed: () => {
        this.#timer?.cancel();
        this.#serve(response);
      },
      failed: (message, cause) => this.end("unauthenticated", message, undefined, cause),
    });
  }

  #onAuthenticating(input: JuteReader): void {
    const xid = input.readInt();
    input.readLong();
    this.#sasl?.onReply(xid, input.readInt(), input);
  }

  #startHeartbeat(sessionTimeoutMs: number): void {
    this.#heartbeat = new Heartbeat({
      clock: this.#options.clock,
      sessionTimeoutMs,
      ping: () => this.#ping(),
      onSilent: (silentMs) => this.end("silent", `no complete reply arrived for ${Math.round(silentMs)} ms`),
    });
  }

  #broken(error: Error | undefined): void {
    if (this.#phase === "ended") return;
    const isOpening = this.#phase === "connecting";
    this.end(isOpening ? "unreachable" : "closed", this.#whyBroken(error, isOpening), undefined, error);
  }

  #whyBroken(error: Error | undefined, isOpening: boolean): string {
    const usesTls = this.#options.tls !== undefined;
    if (error !== undefined) return socketFailure(error, usesTls, isOpening);
    if (isOpening) return "the connection was closed before it was open";
    if (this.#phase === "handshaking") return noHandshake(usesTls);
    return this.#phase === "authenticating"
      ? "the server closed the connection during SASL"
      : "the server closed the connection";
  }

  #isOver(): boolean {
    return this.#phase === "ended";
  }

  #end(error: ConnectionError, code: LossCode = "CONNECTION_LOSS"): void {
    if (this.#phase === "ended") return;
    // If this expires the session, it ends this connection as well.
    this.#replies.compareClock();
    if (this.#isOver()) return;
    this.#phase = "ended";
    this.#timer?.cancel();
    this.#heartbeat?.stop();
    this.#sasl?.stop();
    this.#abortQuestion?.();
    this.#socket.destroy();
    for (const pending of this.#unanswered.operations.clear()) pending.failWith(code, error);
    for (const pending of this.#output.clear()) pending.failWith(code, error);
    this.#listener.ended(error);
  }
}

/** Largest xid: an int on the wire, of which the protocol reserves the negative ones. */
const LAST_XID = 0x7fff_ffff;

/** Returns the xid of the request after the one with `xid`: 1 again after the largest. */
export function xidAfter(xid: number): number {
  return xid === LAST_XID ? 1 : xid + 1;
}
