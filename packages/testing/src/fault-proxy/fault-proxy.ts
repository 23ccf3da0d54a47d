import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type Clock, systemClock } from "@conclave/runtime";
import type { ForwardingSettings } from "./forwarding-queue.js";
import { reset } from "./forwarding-queue.js";
import { MessageLosses, type RequestMatch } from "./message-losses.js";
import { type ConnectionOwner, type CutMode, type Direction, ProxiedConnection } from "./proxied-connection.js";
import type { ProxiedRequest } from "./proxied-frame.js";

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
  /** Number of connections that clients opened, without refused ones. */
  readonly connections: number;
  /** Number of requests of callers, without handshakes, pings and other requests that a client sends by itself. */
  readonly requests: number;
  readonly pings: number;
  /** Number of watch events from the server. */
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

  /** Closes every open connection on both sides; new ones are accepted. @default "reset" */
  cut(mode?: CutMode): void;
  /** Resets every new connection from now on. Open ones stay. */
  refuse(): void;
  /** Ends {@link refuse}. */
  accept(): void;
  /**
   * Stops forwarding, including the close of either side: connections become half-open. Without `direction`, in both
   * directions. New connections are accepted and stay silent.
   */
  freeze(direction?: Direction): void;
  /** Ends {@link freeze}: the held bytes are forwarded in order. */
  thaw(direction?: Direction): void;
  /** Forwards all bytes `delayMs` milliseconds after their arrival, in both directions; 0 ends the delay. */
  delay(delayMs: number): void;
  /** Forwards at most `bytes` bytes per write; 0 ends it. @default 1 */
  dribble(bytes?: number): void;
  /** Applies `change` to every frame; `undefined` removes it. Losses match the frame before the change. */
  corrupt(change: Corruption | undefined): void;
  /** Ends all faults that are in effect. */
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

/** Starts a {@link FaultProxy} on a free loopback port. Rejects with a `TypeError` for a target that is not `host:port`. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new ListeningProxy(options);
  await proxy.listen();
  return proxy;
}

class ListeningProxy implements FaultProxy, ConnectionOwner {
  readonly target: ConnectionOwner["target"];
  readonly clock: Clock;
  readonly queues = { requests: defaultSettings(), replies: defaultSettings() };
  readonly #onRequest: FaultProxyOptions["onRequest"];
  readonly #listener: Server;
  readonly #open = new Set<ProxiedConnection>();
  readonly #lostRequests = new MessageLosses();
  readonly #lostReplies = new MessageLosses();
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
    this.#applySettings({ frozen: true }, direction);
  }

  thaw(direction?: Direction): void {
    this.#applySettings({ frozen: false }, direction);
  }

  delay(delayMs: number): void {
    this.#applySettings({ delayMs });
  }

  dribble(bytes = 1): void {
    this.#applySettings({ dribbleBytes: bytes });
  }

  corrupt(change: Corruption | undefined): void {
    this.#corruption = change;
  }

  heal(): void {
    this.#refuses = false;
    this.#corruption = undefined;
    this.#applySettings(defaultSettings());
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
    return this.#lostRequests.consumes(request);
  }

  losesReply(request: ProxiedRequest): boolean {
    return this.#lostReplies.consumes(request);
  }

  notified(): void {
    this.#traffic.notifications++;
  }

  closed(connection: ProxiedConnection): void {
    this.#open.delete(connection);
  }

  #applySettings(settings: Partial<ForwardingSettings>, direction?: Direction): void {
    for (const each of direction === undefined ? (["requests", "replies"] as const) : [direction]) {
      Object.assign(this.queues[each], settings);
    }
    for (const connection of this.#open) connection.wake();
  }

  async #close(): Promise<void> {
    const error = new Error("the fault proxy was closed before a matching request arrived");
    this.#lostRequests.close(error);
    this.#lostReplies.close(error);
    this.#refuses = true;
    const closed = once(this.#listener, "close");
    this.#listener.close();
    this.cut();
    await closed;
  }
}

function defaultSettings(): ForwardingSettings {
  return { frozen: false, delayMs: 0, dribbleBytes: 0 };
}

function parseTarget(target: string): ConnectionOwner["target"] {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:/,]+)):(\d{1,5})$/.exec(target) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new TypeError(`the target of a fault proxy must be host:port, not "${target}"`);
  return { host, port: Number(port) };
}
