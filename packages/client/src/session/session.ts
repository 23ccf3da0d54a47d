import {
  type AuthPacket,
  type ConnectResponse,
  closeSession,
  type SetWatches2Request,
  setWatches,
  setWatches2,
  sync,
  type WatcherEvent,
  Xid,
} from "@conclave/protocol";
import { microtask } from "@conclave/runtime";
import type { ConnectionError } from "../api/connection-error.js";
import { SavedSession } from "../api/saved-session.js";
import type { SessionState, ZooKeeperEvents } from "../api/zookeeper-events.js";
import type { Connection } from "../connection/connection.js";
import type { ReplyListener } from "../connection/connection-options.js";
import { Dialer } from "../connection/dialer.js";
import { HostRing } from "../connection/host-ring.js";
import type { ServerAddress } from "../connection/server-address.js";
import { noSession, type SessionIdentity } from "../connection/session-identity.js";
import { type StateMessage, stateChannel } from "../observe/channels.js";
import type { ResolvedOptions } from "../options/resolve-options.js";
import type { Pending } from "../requests/pending.js";
import { PendingOperation, type SentOperation } from "../requests/pending-operation.js";
import { WaitingQueue } from "../requests/waiting-queue.js";
import { hasPersistent, setWatchesBatches } from "../watches/set-watches-batches.js";
import type { WatchRegistry } from "../watches/watch-registry.js";
import { Credentials } from "./credentials.js";
import { LastZxid } from "./last-zxid.js";
import type { Listeners } from "./listeners.js";
import { ReadOnlyLink } from "./read-only-link.js";
import { SessionClock } from "./session-clock.js";
import { SessionMachine } from "./session-machine.js";
import { type SessionEffect, stateOf } from "./session-state.js";

export interface SessionParts {
  readonly options: ResolvedOptions;
  readonly servers: readonly ServerAddress[];
  readonly chroot: string;
  readonly watches: WatchRegistry;
  readonly listeners: Listeners<ZooKeeperEvents>;
  /** Called with the reason for each failed attempt to connect. */
  readonly onAttemptFailed: (error: ConnectionError) => void;
}

/** Request that ends the session on the server. */
const GOODBYE = { operation: closeSession, request: undefined, path: undefined, isWrite: true } as const;
/** Request that the server answers after all earlier requests. */
const SYNC = { operation: sync, request: { path: "/" }, path: undefined, isWrite: false } as const;

/**
 * Shell around the state table: turns input into events, and executes the effects. It knows servers only through the
 * dialer and the current connection.
 */
export class Session {
  readonly #parts: SessionParts;
  readonly #hosts: HostRing;
  readonly #dialer: Dialer;
  readonly #readOnly: ReadOnlyLink;
  readonly #clock: SessionClock;
  readonly #credentials: Credentials;
  readonly #waiting = new WaitingQueue();
  readonly #lastZxid = new LastZxid();
  readonly #machine: SessionMachine;
  #identity: SessionIdentity;
  #connection: Connection | undefined;
  #attachSentAtMs = 0;
  /** The last request on the connection: before the session moves to another server, or before the client is closed. */
  #last: Pending | undefined;
  /** Resolves when the client is closed and has released everything. */
  readonly #finished: Promise<void>;
  #finish!: () => void;

  constructor(parts: SessionParts) {
    const { options, servers } = parts;
    this.#parts = parts;
    const { session } = options;
    this.#identity =
      session === undefined
        ? noSession(options.sessionTimeoutMs)
        : { id: session.id, password: session.password, timeoutMs: options.sessionTimeoutMs };
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#machine = new SessionMachine(
      (effect, previous) => this.#execute(effect, stateOf(previous)),
      (phase) => {
        if (phase === "expired") this.#afterExpiry();
      },
    );
    this.#credentials = new Credentials(options.logger);
    this.#clock = new SessionClock(
      options.clock,
      () => this.#machine.happened("deadlinePassed"),
      () => this.#dialer.newestUnansweredMs,
    );
    this.#hosts = new HostRing(servers, options.random, options.serverOrder);
    const replies: ReplyListener = {
      notified: (event) => this.#notified(event),
      answered: (sentAtMs, zxidHigh, zxidLow) => {
        this.#clock.prove(sentAtMs);
        this.#lastZxid.note(zxidHigh, zxidLow);
      },
      isOverdue: (answeredAtMs) => this.#clock.isPast(answeredAtMs),
      compareClock: () => void this.#compareClock(),
    };
    this.#readOnly = new ReadOnlyLink(options, {
      opened: (connection) => this.#readOnlyOpened(connection),
      closed: () => {
        parts.watches.isReadOnly = false;
        parts.listeners.emit("readOnly", { isReadOnly: false });
      },
      replies,
    });
    this.#dialer = new Dialer(
      { ...options, hosts: this.#hosts, replies },
      {
        credentials: () => ({ identity: this.#identity, lastZxidSeen: this.#lastZxid.value }),
        attached: (connection, response, sentAtMs) => this.#attached(connection, response, sentAtMs),
        refused: () => this.#machine.happened("refused"),
        failed: (error, isRound) => this.#failed(error, isRound),
        lost: (error) => this.#lost(error),
      },
    );
  }

  /** State of the session after comparing the clock: see `ZooKeeper.state`. */
  get state(): SessionState {
    this.#compareClock();
    // Within a listener, the expiry is taken after the event that called the listener.
    return this.#machine.isWaiting("deadlinePassed") ? "expired" : stateOf(this.#machine.phase);
  }

  get identity(): SessionIdentity {
    this.#compareClock();
    return this.#identity;
  }

  get isReadOnly(): boolean {
    return this.#readOnly.connection !== undefined;
  }

  /** Id and password with which the session can be resumed; `undefined` if there is no session. */
  get saved(): SavedSession | undefined {
    this.#compareClock();
    const { id, password } = this.#identity;
    return id === 0n ? undefined : new SavedSession(id, password);
  }

  /** Error of the last failed attempt, or of the last connection that ended. */
  get lastError(): ConnectionError | undefined {
    return this.#dialer.lastError;
  }

  /** Step of connecting that is not finished, as text for messages. */
  get waitsFor(): string {
    return this.#dialer.waitsFor;
  }

  /** Starts to connect. Call it once. */
  start(): void {
    this.#dialer.dial();
  }

  /** Sends an operation, queues it until there is a connection, or rejects it, depending on the phase. */
  submit(pending: Pending): void {
    const { phase } = this.#machine;
    if (this.#isClosed()) pending.failWith("CLOSED");
    // The caller assumed the old session, so the operation must not wait for the new one.
    // In a microtask, so that a signal that aborts in this tick still decides, as it does for operations that are sent.
    else if (this.#compareClock()) microtask(() => pending.failWith("SESSION_EXPIRED"));
    else if (phase === "connected" && this.#connection !== undefined) this.#connection.send(pending);
    else if (this.#readOnly.connection !== undefined && !pending.needsSession) this.#readOnly.connection.send(pending);
    else if (phase === "expired" && !this.#parts.options.newSessionAfterExpiry) pending.failWith("SESSION_EXPIRED");
    else this.#waiting.add(pending);
  }

  addAuth(packet: AuthPacket, signal?: AbortSignal): Promise<void> {
    this.#compareClock();
    const added = this.#credentials.add(packet, this.#connection ?? this.#readOnly.connection, signal);
    if (this.#isClosed()) this.#credentials.close();
    return added;
  }

  /** Takes another list of servers. Returns true if the session moves to another server for it. */
  updateServers(servers: readonly ServerAddress[]): boolean {
    this.#compareClock();
    const moves = this.#hosts.update(servers, this.#connection?.address);
    this.#dialer.startOver();
    if (moves) this.#machine.happened("relocated");
    return moves;
  }

  /** Ends the session, or with `keepSession` only this client; resolves when the client has released everything. */
  close(keepSession: boolean): Promise<void> {
    this.#compareClock();
    this.#machine.happened(keepSession ? "detached" : "closed");
    return this.#finished;
  }

  /** Returns true from the call of `close` on, also within a listener, where that event still waits. */
  #isClosed(): boolean {
    const { phase } = this.#machine;
    return phase === "closed" || phase === "closing" || this.#machine.isWaiting("closed", "detached");
  }

  /** Sends a request after all other operations; waits for its answer for at most a third of the session timeout. */
  async #sendLast(request: typeof SYNC | typeof GOODBYE): Promise<void> {
    const last = new PendingOperation({ ...request, onResponse: () => undefined });
    this.#last = last;
    const { clock, logger } = this.#parts.options;
    const replyTimer = clock.setTimer(this.#identity.timeoutMs / 3, () => last.failWith("CLOSED"));
    if (this.#connection === undefined) last.failWith("CONNECTION_LOSS");
    else this.#connection.send(last);
    await last.promise.catch((error: unknown) => {
      logger.debug("zookeeper: the last request before the end of the connection was not answered", { error });
    });
    replyTimer.cancel();
    // If `close` was called during a move, its request is the last one, and the answer to this one has no effect.
    if (this.#last === last) this.#machine.happened("lastAnswered");
  }

  #attached(connection: Connection, response: ConnectResponse, sentAtMs: number): void {
    const { sessionId: id, password, timeoutMs } = response;
    this.#connection = connection;
    this.#identity = { id, password, timeoutMs };
    this.#attachSentAtMs = sentAtMs;
    this.#readOnly.stop("CONNECTION_LOSS");
    this.#machine.happened("attached");
  }

  #readOnlyOpened(connection: Connection): void {
    this.#parts.options.logger.warn("zookeeper: connected to a read-only server", { server: connection.server });
    this.#credentials.sendAll(connection);
    this.#parts.watches.isReadOnly = true;
    this.#waiting.drainReadOnly((pending) => connection.send(pending));
    this.#parts.listeners.emit("readOnly", { isReadOnly: true });
  }

  #failed(error: ConnectionError, isRound: boolean): void {
    this.#parts.onAttemptFailed(error);
    const { phase } = this.#machine;
    const isSeeking = phase === "connecting" || phase === "suspended";
    if (isRound && isSeeking && this.#parts.options.canBeReadOnly) void this.#readOnly.seek(this.#hosts.servers);
  }

  #lost(error: ConnectionError): void {
    this.#connection = undefined;
    this.#parts.options.logger.warn("zookeeper: connection lost", { error });
    this.#parts.options.meter.count("client_connection_losses");
    this.#machine.happened("disconnected");
  }

  #notified(event: WatcherEvent): void {
    this.#parts.options.meter.count("client_watch_events");
    this.#parts.watches.notify(event);
  }

  /**
   * Expires the session if its deadline has passed, and returns true if it had. Called before any other input of the
   * session: a read of the state, an operation, bytes from a server, the end of a connection.
   */
  #compareClock(): boolean {
    const isPast = this.#clock.isPast();
    if (isPast) this.#machine.happened("deadlinePassed");
    return isPast;
  }

  #afterExpiry(): void {
    if (this.#parts.options.newSessionAfterExpiry) this.#machine.happened("renewed");
    else this.#readOnly.stop("SESSION_EXPIRED");
  }

  #execute(effect: SessionEffect, previous: SessionState): void {
    switch (effect) {
      case "dial":
        this.#dialer.dial();
        break;
      case "hangUp":
        this.#connection = undefined;
        this.#dialer.hangUp(this.#ending());
        break;
      case "startClock":
        this.#clock.start(this.#identity.timeoutMs, this.#attachSentAtMs);
        break;
      case "stopClock":
        this.#clock.stop();
        break;
      case "resume":
        this.#resume();
        break;
      case "failWaiting":
        this.#waiting.fail(this.#ending(), this.#dialer.lastError);
        break;
      case "forget":
        this.#identity = noSession(this.#parts.options.sessionTimeoutMs);
        this.#lastZxid.reset();
        break;
      case "announce":
        this.#announce(previous);
        break;
      case "endWatches":
        this.#parts.watches.end(stateOf(this.#machine.phase) === "closed" ? "closed" : "expired");
        break;
      case "sendSync":
        void this.#sendLast(SYNC);
        break;
      case "sendGoodbye":
        void this.#sendLast(GOODBYE);
        break;
      case "leaveServer":
        this.#connection?.end("ended", "left for another server");
        break;
      case "release":
        this.#credentials.close();
        this.#readOnly.stop("CLOSED");
        break;
      case "finish":
        this.#finish();
        break;
    }
  }

  #ending(): "CLOSED" | "SESSION_EXPIRED" {
    return stateOf(this.#machine.phase) === "closed" ? "CLOSED" : "SESSION_EXPIRED";
  }

  #announce(previous: SessionState): void {
    const { logger, meter } = this.#parts.options;
    const state = stateOf(this.#machine.phase);
    const sessionId = `0x${BigInt.asUintN(64, this.#identity.id).toString(16)}`;
    logger.info(`zookeeper: ${state}`, { previous, sessionId, server: this.#connection?.server });
    meter.count("client_session_states", 1, { state });
    if (stateChannel.hasSubscribers) {
      stateChannel.publish({
        state,
        previous,
        sessionId: this.#identity.id,
        chroot: this.#parts.chroot,
      } satisfies StateMessage);
    }
    this.#parts.listeners.emit("state", { state, previous });
  }

  #resume(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#credentials.sendAll(connection);
    this.#leaveWatches(connection);
    // After the watches, so that reads of the listeners see all changes from before the watches.
    this.#parts.watches.reportGap("reconnected");
    this.#waiting.drain((pending) => connection.send(pending));
  }

  #leaveWatches(connection: Connection): void {
    const { watches } = this.#parts;
    const batches = setWatchesBatches(watches, this.#lastZxid.value);
    // Older servers only know `setWatches`, which suffices without persistent watches.
    const operation = batches.some(hasPersistent) ? setWatches2 : setWatches;
    const sent = batches.map((batch) => this.#setWatches(operation, batch, connection));
    for (const pending of sent) connection.send(pending);
    // If one is lost, the next server receives all of them again.
    Promise.all(sent.map(({ promise }) => promise)).then(
      () => watches.confirm(),
      () => undefined,
    );
  }

  #setWatches(
    operation: SentOperation<SetWatches2Request, undefined>,
    request: SetWatches2Request,
    connection: Connection,
  ): PendingOperation<SetWatches2Request, undefined, undefined> {
    const pending = new PendingOperation({
      operation,
      request,
      path: undefined,
      isWrite: false,
      reservedXid: Xid.setWatches,
      onResponse: () => undefined,
    });
    pending.promise.catch((error: unknown) => {
      // A watch that no server keeps would never fire: use another server. (If the connection is lost, `end` has no
      // effect.)
      connection.end("refused", "the server refused the session's watches", undefined, error);
    });
    return pending;
  }
}
