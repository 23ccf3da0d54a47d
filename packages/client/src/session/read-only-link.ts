import { askMode } from "../connection/ask-mode.js";
import { attemptTimeouts } from "../connection/attempt-timeouts.js";
import { Connection } from "../connection/connection.js";
import type { ReplyListener } from "../connection/connection-options.js";
import type { ServerAddress } from "../connection/server-address.js";
import { noSession } from "../connection/session-identity.js";
import type { ResolvedOptions } from "../options/resolve-options.js";
import type { LossCode } from "../requests/pending.js";

/** Receives the events of the link. */
export interface ReadOnlyListener {
  /** A read-only server accepted the connection. */
  opened(connection: Connection): void;
  /** The connection to the read-only server has ended. */
  closed(): void;
  /**
   * Listener of the session. It receives the events of watches and is asked for the session's clock, but receives no
   * answer: a read-only server's answers prove nothing about the session.
   */
  readonly replies: ReplyListener;
}

/**
 * Connection to a server that has lost its ensemble and still answers reads (`readonlymode.enabled`). It is not part of
 * the session, which such a server does not know: it has a session of its own, and its replies neither prove the
 * session alive nor count as seen (SPEC.md, "Reading while there is no quorum").
 */
export class ReadOnlyLink {
  readonly #options: ResolvedOptions;
  readonly #listener: ReadOnlyListener;
  #connection: Connection | undefined;
  #isOpen = false;
  #abortQuestion: (() => void) | undefined;
  /** Setting of `batchReads`, or false after a server has refused joined reads. */
  #batchReads: ResolvedOptions["batchReads"];
  /** Number of the current search; results of older searches are ignored. */
  #search = 0;

  constructor(options: ResolvedOptions, listener: ReadOnlyListener) {
    this.#options = options;
    this.#batchReads = options.batchReads;
    this.#listener = listener;
  }

  /** Connection to the read-only server while it serves; otherwise `undefined`. */
  get connection(): Connection | undefined {
    return this.#isOpen ? this.#connection : undefined;
  }

  /**
   * Asks each server if it is read-only, and connects to the first one that is. Does nothing while a search or a link
   * exists.
   */
  async seek(servers: readonly ServerAddress[]): Promise<void> {
    if (this.#connection !== undefined || this.#abortQuestion !== undefined) return;
    const search = ++this.#search;
    const { clock, random, tls, sessionTimeoutMs } = this.#options;
    const timeoutMs = attemptTimeouts(sessionTimeoutMs, servers.length, false).connectTimeoutMs;
    for (const server of servers) {
      const { answer, abort } = askMode(server, { timeoutMs, tls, clock, random });
      this.#abortQuestion = abort;
      const mode = await answer;
      if (search !== this.#search) return;
      this.#abortQuestion = undefined;
      if (mode !== "ro") continue;
      this.#connect(server, servers.length);
      return;
    }
  }

  /** Ends the link or the search. Unanswered operations fail with `code`. */
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
      batchReads: this.#batchReads,
      onBatchRefused: () => {
        this.#batchReads = false;
      },
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
            // The server has rejoined its ensemble, so the session will find it.
            connection.end("ended", "the server is not read-only any more");
            return;
          }
          this.#isOpen = true;
          this.#listener.opened(connection);
        },
        ended: () => this.stop("CONNECTION_LOSS"),
      },
      replies: { ...this.#listener.replies, answered: () => {} },
    });
    this.#connection = connection;
  }
}
