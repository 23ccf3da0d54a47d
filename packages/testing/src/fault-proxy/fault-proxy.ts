import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type Clock, systemClock } from "@conclave/runtime";
import type { LaneSettings } from "./lane.js";
import { LossList, type RequestMatch } from "./loss-list.js";
import { type ConnectionOwner, type CutMode, type Direction, ProxiedConnection } from "./proxied-connection.js";
import type { ProxiedRequest } from "./proxied-frame.js";
import { reset } from "./reset.js";

/** Options of a {@link FaultProxy}. */
export interface FaultProxyOptions {
  /** The server: `host:port`. */
  readonly target: string;
  /**
   * Times {@link FaultProxy.delay}.
   * @default systemClock
   */
  readonly clock?: Clock | undefined;
  /** Called with each request before it is forwarded or dropped; not called for handshakes. */
  readonly onRequest?: ((request: ProxiedRequest) => void) | undefined;
}

/** Traffic counters of a {@link FaultProxy} since its start. */
export interface ProxyTraffic {
  /** Connections that clients opened, refused ones not counted. */
  readonly connections: number;
  /** Requests of callers: no handshakes, no pings and nothing else that a client sends by itself. */
  readonly requests: number;
  readonly pings: number;
  /** Watch events that the server sent. */
  readonly notifications: number;
}

/**
 * Replaces bytes before they are forwarded. Receives a frame including its length prefix, or bytes that are not a
 * frame. `index` counts these per connection and direction; index 0 is the handshake.
 */
export type Corruption = (bytes: Buffer, direction: Direction, index: number) => Uint8Array;

/**
 * TCP proxy in front of one ZooKeeper server that injects network faults. A fault applies to all connections, including
 * later ones, until it is removed; each takes effect during the call. Frames are forwarded whole; other bytes are
 * forwarded as they arrive. Callbacks must not throw.
 */
export interface FaultProxy extends AsyncDisposable {
  /** Connect string for clients, in place of the server's own: `127.0.0.1:port`. */
  readonly connectString: string;
  /**
   * Number of connections that clients hold open now. A connection that its client has closed does not count, even if
   * the server keeps its side open: Apache ZooKeeper does so when a client disconnects while its handshake is pending.
   */
  readonly connections: number;
  readonly traffic: ProxyTraffic;

  /** Ends every open connection, for both sides; new ones are welcome. @default "reset" */
  cut(mode?: CutMode): void;
  /** From now on, resets every new connection. Open ones stay. */
  refuse(): void;
  /** Takes {@link refuse} back. */
  accept(): void;
  /**
   * Stops forwarding, including the close of either side: connections become half-open. Without `direction`, in both
   * directions. New connections are accepted and stay silent.
   */
  freeze(direction?: Direction): void;
  /** Ends {@link freeze}: the held bytes are forwarded in order. */
  thaw(direction?: Direction): void;
  /** Passes everything on `delayMs` milliseconds after it came, each way. 0 takes it back. */
  delay(delayMs: number): void;
  /** Passes on pieces of at most `bytes` bytes, each written by itself. 0 takes it back. @default 1 */
  dribble(bytes?: number): void;
  /** Applies `change` to every frame; `undefined` removes it. Losses match the frame before the change. */
  corrupt(change: Corruption | undefined): void;
  /** Takes every standing fault back. */
  heal(): void;

  /**
   * Drops the next matching request, once, and closes its connection after the earlier bytes were forwarded. The
   * request is certainly not executed, and the client cannot know that. Without `match`: any request of a caller.
   * Resolves when the request was dropped; rejects if the proxy is closed first.
   */
  loseRequest(match?: RequestMatch): Promise<void>;
  /**
   * Drops the next reply to a matching request, once, and closes its connection after the earlier bytes were forwarded.
   * The request was executed (or refused), and the client cannot know that. Otherwise like {@link loseRequest}.
   */
  loseReply(match?: RequestMatch): Promise<void>;

  /** Ends all connections and stops listening. Idempotent. */
  close(): Promise<void>;
}

/** Starts a {@link FaultProxy} on a free loopback port. Rejects with a `TypeError` for a target that is no `host:port`. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new ListeningProxy(options);
  await proxy.listen();
  return proxy;
}

class ListeningProxy implements FaultProxy, ConnectionOwner {
  readonly target: ConnectionOwner["target"];
  readonly clock: Clock;
  readonly lanes = { requests: newLaneSettings(), replies: newLaneSettings() };
  readonly #onRequest: FaultProxyOptions["onRequest"];
  readonly #listener: Server;
  readonly #open = new Set<ProxiedConnection>();
  readonly #lostRequests = new LossList();
  readonly #lostReplies = new LossList();
  readonly #traffic = { connections: 0, requests: 0, pings: 0, notifications: 0 };
  #refuses = false;
  #corruption: Corruption | undefined;
  #closed: Promise<void> | undefined;

  constructor({ target, clock = systemClock, onRequest }: FaultProxyOptions) {
    this.target = parseTarget(target);
    this.clock = clock;
    this.#onRequest = onRequest;
    this.#listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      if (this.#refuses) {
        client.on("error", () => {});
        reset(client);
        return;
      }
      this.#traffic.connections++;
      this.#open.add(new ProxiedConnection(client, this));
    });
  }

  async listen(): Promise<void> {
    this.#listener.listen(0, "127.0.0.1");
    await once(this.#listener, "listening");
  }

  get connectString(): string {
    return `127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  get connections(): number {
    let held = 0;
    for (const { isHeldByClient } of this.#open) if (isHeldByClient) held++;
    return held;
  }

  get traffic(): ProxyTraffic {
    return { ...this.#traffic };
  }

  cut(mode: CutMode = "reset"): void {
    for (const connection of this.#open) connection.cut(mode);
  }

  refuse(): void {
    this.#refuses = true;
  }

  accept(): void {
    this.#refuses = false;
  }

  freeze(direction?: Direction): void {
    this.#setLanes({ frozen: true }, direction);
  }

  thaw(direction?: Direction): void {
    this.#setLanes({ frozen: false }, direction);
  }

  delay(delayMs: number): void {
    this.#setLanes({ delayMs });
  }

  dribble(bytes = 1): void {
    this.#setLanes({ dribbleBytes: bytes });
  }

  corrupt(change: Corruption | undefined): void {
    this.#corruption = change;
  }

  heal(): void {
    this.#refuses = false;
    this.#corruption = undefined;
    this.#setLanes(newLaneSettings());
  }

  loseRequest(match?: RequestMatch): Promise<void> {
    return this.#lostRequests.add(match);
  }

  loseReply(match?: RequestMatch): Promise<void> {
    return this.#lostReplies.add(match);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  change(bytes: Buffer, direction: Direction, index: number): Uint8Array {
    return this.#corruption?.(bytes, direction, index) ?? bytes;
  }

  losesRequest(request: ProxiedRequest): boolean {
    if (request.operation === "ping") this.#traffic.pings++;
    else if (request.xid >= 0) this.#traffic.requests++;
    this.#onRequest?.(request);
    return this.#lostRequests.takes(request);
  }

  losesReply(request: ProxiedRequest): boolean {
    return this.#lostReplies.takes(request);
  }

  notified(): void {
    this.#traffic.notifications++;
  }

  closed(connection: ProxiedConnection): void {
    this.#open.delete(connection);
  }

  #setLanes(settings: Partial<LaneSettings>, direction?: Direction): void {
    for (const each of direction === undefined ? (["requests", "replies"] as const) : [direction]) {
      Object.assign(this.lanes[each], settings);
    }
    for (const connection of this.#open) connection.wake();
  }

  async #close(): Promise<void> {
    const error = new Error("the fault proxy was closed before a request came that it was to lose");
    this.#lostRequests.close(error);
    this.#lostReplies.close(error);
    this.#refuses = true;
    const closed = once(this.#listener, "close");
    this.#listener.close();
    this.cut();
    await closed;
  }
}

function newLaneSettings(): LaneSettings {
  return { frozen: false, delayMs: 0, dribbleBytes: 0 };
}

function parseTarget(target: string): ConnectionOwner["target"] {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:/,]+)):(\d{1,5})$/.exec(target) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new TypeError(`the target of a fault proxy is host:port, not "${target}"`);
  return { host, port: Number(port) };
}
