import { type ElectionAddress, ElectionHelloDecoder, OBSERVER_WITHOUT_ID } from "@conclave/protocol";
import type { Clock, Logger, Timer } from "@conclave/runtime";
import { ElectionLink } from "./election-link.js";
import { Listeners, type ListenFailure } from "./listeners.js";
import type { Network, QuorumSocket } from "./network.js";

export interface ElectionPortOptions {
  /** Id of this server. */
  readonly id: bigint;
  /** Addresses to listen on; port 0 takes a free one. */
  readonly listen: readonly ElectionAddress[];
  /** Returns the addresses of a server's election port; none if the server is unknown. */
  readonly addressesOf: (id: bigint) => readonly ElectionAddress[];
  /** Receives each message of another server, in the order of its connection. */
  readonly onMessage: (from: bigint, message: Uint8Array) => void;
  /** Called after an attempt to connect to a server, if no process listens on its addresses. */
  readonly onRefused?: ((id: bigint) => void) | undefined;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Time for an accepted connection to say which server it is. */
const HELLO_TIMEOUT_MS = 5_000;
/** Time between two attempts to listen on another address. */
const MOVE_RETRY_MS = 1_000;
/** Accepted connections that have not said hello. A further one takes the place of the oldest. */
const MAX_UNKNOWN = 64;
/** Servers that are in no configuration of ours, such as joining ones. Further ones are closed. */
const MAX_STRANGERS = 64;

/**
 * The election port of a server: one connection to each other server, over which the last message sent to it arrives as soon as
 * it can be reached (QuorumCnxManager). States are in SPEC.md.
 */
export class ElectionPort {
  readonly #options: ElectionPortOptions;
  readonly #links = new Map<bigint, ElectionLink>();
  readonly #unknown = new Set<QuorumSocket>();
  /** Negative ids for observers that have none, in the order of their connections. */
  #nextAnonymous = -2n;
  readonly #listeners: Listeners;
  /** Addresses that it listens on, or is about to. */
  #addresses: readonly ElectionAddress[];
  #moving: Promise<void> = Promise.resolve();
  #retry: Timer | undefined;
  #isClosed = false;

  constructor(options: ElectionPortOptions) {
    const { network, logger, listen } = options;
    this.#options = options;
    this.#addresses = listen;
    this.#listeners = new Listeners({
      network,
      onConnection: (socket) => this.#accept(socket),
      onError: (error) => logger.warn("election port failed", { error }),
    });
  }

  /** Port that it listens on. */
  get port(): number {
    return this.#listeners.port;
  }

  /** True if some server has taken the last message that was sent to it. */
  get hasDelivered(): boolean {
    return [...this.#links.values()].some((link) => link.hasDelivered);
  }

  /** Resolves when it listens; rejects with Node.js's error if none of its addresses can be used. The others are tried again. */
  async listen(): Promise<void> {
    const failures = await this.#listeners.use(this.#addresses);
    if (!this.#listeners.isListening) throw failures[0]!.error;
    this.#tryAgain(this.#addresses, failures);
  }

  /**
   * Listens on other addresses from now on; existing connections stay. An address that cannot be used is tried again, and the
   * former ones serve meanwhile.
   */
  moveTo(addresses: readonly ElectionAddress[]): void {
    if (shown(addresses) === shown(this.#addresses)) return;
    this.#addresses = addresses;
    this.#moving = this.#moving.then(() => this.#move(addresses));
  }

  /** Sends a message to another server; it takes the place of an earlier one that the server has not taken. */
  send(to: bigint, message: Uint8Array): void {
    if (!this.#isClosed) this.#link(to)?.send(message);
  }

  /** Dials the servers to which there is no connection. */
  connectAll(): void {
    for (const link of this.#links.values()) link.connect();
  }

  /** Closes all connections and the port. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const socket of this.#unknown) socket.destroy();
    for (const link of this.#links.values()) link.close();
    await this.#moving;
    this.#retry?.cancel();
    await this.#listeners.close();
  }

  async #move(addresses: readonly ElectionAddress[]): Promise<void> {
    if (this.#isClosed || addresses !== this.#addresses) return;
    const failures = await this.#listeners.use(addresses);
    if (failures.length > 0) return this.#tryAgain(addresses, failures);
    this.#options.logger.info("election port: listens on the addresses of the new configuration", {
      addresses: shown(addresses),
    });
  }

  #tryAgain(addresses: readonly ElectionAddress[], failures: readonly ListenFailure[]): void {
    const { clock, logger } = this.#options;
    for (const { address, error } of failures) {
      logger.error("election port: cannot listen on an address of the configuration; trying again", {
        ...{ ...address, error },
      });
    }
    if (failures.length === 0 || this.#isClosed) return;
    this.#retry = clock.setTimer(MOVE_RETRY_MS, () => {
      this.#moving = this.#moving.then(() => this.#move(addresses));
    });
  }

  /** Returns the link to a server; `undefined` if there are too many to servers that no configuration names. */
  #link(id: bigint, addresses: readonly ElectionAddress[] = []): ElectionLink | undefined {
    const existing = this.#links.get(id);
    const { addressesOf, onMessage, network, clock, logger } = this.#options;
    const isKnown = addressesOf(id).length > 0;
    if (existing !== undefined) {
      if (!isKnown && addresses.length > 0) existing.announced = addresses;
      return existing;
    }
    if (!isKnown && [...this.#links.keys()].filter((each) => addressesOf(each).length === 0).length >= MAX_STRANGERS) {
      logger.warn("election port: refused a server, too many are in no configuration", { server: id });
      return undefined;
    }
    const link = new ElectionLink({
      ...{ ownId: this.#options.id, id, network, clock, logger },
      ownAddresses: () => {
        const own = addressesOf(this.#options.id);
        return own.length > 0 ? own : [{ host: this.#addresses[0]!.host, port: this.port }];
      },
      addresses: () => addressesOf(id),
      onMessage: (message) => onMessage(id, message),
      onRefused: () => this.#options.onRefused?.(id),
    });
    link.announced = addresses;
    this.#links.set(id, link);
    return link;
  }

  #accept(socket: QuorumSocket): void {
    const { clock, logger, network } = this.#options;
    socket.on("error", () => {});
    if (this.#isClosed) return void socket.destroy();
    const [oldest] = this.#unknown;
    if (this.#unknown.size >= MAX_UNKNOWN) oldest?.destroy();
    this.#unknown.add(socket);
    const decoder = new ElectionHelloDecoder();
    const timer = clock.setTimer(HELLO_TIMEOUT_MS, () => socket.destroy());
    const known = (): void => {
      timer.cancel();
      this.#unknown.delete(socket);
      socket.off("close", known);
    };
    const onData = (chunk: Buffer): void => {
      try {
        const received = decoder.push(chunk);
        if (received === undefined) return;
        socket.off("data", onData);
        const { serverId, addresses } = received.hello;
        const identified = (rest: Uint8Array): void => {
          known();
          this.#identified(socket, serverId, addresses, rest);
        };
        if (network.authentication === undefined) identified(received.rest);
        else network.authentication.check(socket, received.rest, identified);
      } catch (error) {
        logger.warn("election port: closed a connection that sent no valid hello", {
          remote: socket.remoteAddress,
          error,
        });
        socket.destroy();
      }
    };
    socket.on("data", onData);
    socket.on("close", known);
  }

  #identified(socket: QuorumSocket, id: bigint, addresses: readonly ElectionAddress[], rest: Uint8Array): void {
    const { id: ownId, logger } = this.#options;
    if (id === ownId) {
      logger.error("election port: another server has the id of this one; give each server its own id (myid)", {
        ...{ id, remote: socket.remoteAddress },
      });
      return void socket.destroy();
    }
    const link = this.#link(id === OBSERVER_WITHOUT_ID ? this.#nextAnonymous-- : id, addresses);
    if (link === undefined) return void socket.destroy();
    if (id < ownId) {
      // The other one waits to be dialed back.
      socket.destroy();
      link.redial();
      return;
    }
    link.adopt(socket, rest);
  }
}

function shown(addresses: readonly ElectionAddress[]): string {
  return addresses.map(({ host, port }) => `${host}:${port}`).join("|");
}
