import { type WatcherEvent } from "@conclave/protocol";
import { askMode } from "../connection/ask-mode.js";
import { attemptTimeouts } from "../connection/attempt-timeouts.js";
import { Connection } from "../connection/connection.js";
import type { ServerAddress } from "../connection/server-address.js";
import type { LossCode } from "../operations/pending.js";
import type { ResolvedOptions } from "../options/resolve-options.js";
import { noSession } from "./session-identity.js";

/** Told what becomes of the link. */
export interface ReadOnlyListener {
  /** A server that can only read answers. */
  opened(connection: Connection): void;
  /** It does not any more. */
  closed(): void;
  notified(event: WatcherEvent): void;
  /** Returns true if the deadline of the session has passed. Nothing on the link can prove otherwise. */
  isOverdue(): boolean;
  /** Expires the session if its deadline has passed. */
  compareClock(): void;
}

/**
 * A connection to a server that has lost its ensemble and answers reads all the same (`readonlymode.enabled`). It is no part
 * of the session, which such a server cannot know: it gets a session of its own, and what is heard on it neither proves the
 * session alive nor counts as seen (SPEC.md, "Reading while there is no quorum").
 */
export class ReadOnlyLink {
  readonly #options: ResolvedOptions;
  readonly #listener: ReadOnlyListener;
  #connection: Connection | undefined;
  #isOpen = false;
  #abortQuestion: (() => void) | undefined;
  /** Counts searches: what an older one finds is not wanted any more. */
  #search = 0;

  constructor(options: ResolvedOptions, listener: ReadOnlyListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** While such a server answers: the connection to it. */
  get connection(): Connection | undefined {
    return this.#isOpen ? this.#connection : undefined;
  }

  /** Asks each server whether it can only read, and connects to the first that does. Nothing while that goes on. */
  async seek(servers: readonly ServerAddress[]): Promise<void> {
    if (this.#connection !== undefined || this.#abortQuestion !== undefined) return;
    const search = ++this.#search;
    const { clock, random, tls, sessionTimeoutMs } = this.#options;
    const timeoutMs = attemptTimeouts(sessionTimeoutMs, servers.length, false).connectTimeoutMs;
    for (const server of servers) {
      const { mode, abort } = askMode(server, { timeoutMs, tls, clock, random });
      this.#abortQuestion = abort;
      const answer = await mode;
      if (search !== this.#search) return;
      this.#abortQuestion = undefined;
      if (answer !== "ro") continue;
      this.#connect(server, servers.length);
      return;
    }
  }

  /** Ends the link, and the search for one. What it had not answered fails with `code`. */
  stop(code: LossCode): void {
    this.#search += 1;
    this.#abortQuestion?.();
    this.#abortQuestion = undefined;
    const connection = this.#connection;
    this.#connection = undefined;
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    connection?.end("ended", "ended by the client", code);
    if (wasOpen) this.#listener.closed();
  }

  #connect(server: ServerAddress, hosts: number): void {
    const { sessionTimeoutMs } = this.#options;
    const { id, password } = noSession(sessionTimeoutMs);
    const connection: Connection = new Connection({
      ...this.#options,
      ...attemptTimeouts(sessionTimeoutMs, hosts, true),
      server,
      handshake: {
        protocolVersion: 0,
        lastZxidSeen: 0n,
        timeoutMs: sessionTimeoutMs,
        sessionId: id,
        password,
        readOnly: true,
      },
      listener: {
        attached: ({ readOnly, timeoutMs }) => {
          if (readOnly !== true || timeoutMs <= 0) {
            // It found its ensemble again: the session itself will find it, too.
            connection.end("ended", "the server is not read-only");
            return;
          }
          this.#isOpen = true;
          this.#listener.opened(connection);
        },
        notified: (event) => this.#listener.notified(event),
        answered: () => {},
        isOverdue: () => this.#listener.isOverdue(),
        compareClock: () => this.#listener.compareClock(),
        ended: () => {
          if (connection === this.#connection) this.stop("CONNECTION_LOSS");
        },
      },
    });
    this.#connection = connection;
  }
}
