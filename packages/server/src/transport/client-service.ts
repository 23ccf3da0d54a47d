import { type ConnectRequest, type JuteReader, readConnectRequest } from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import type { RequestHandler } from "../pipeline/request-handler.js";
import type { ServerStats } from "../pipeline/server-stats.js";
import type { Role } from "../roles/role.js";
import type { ConnectionThrottle } from "../sessions/connection-throttle.js";
import { decideHandshake, type HandshakeDecision } from "../sessions/handshake-policy.js";
import type { Session } from "../sessions/session.js";
import type { DataTree } from "../tree/data-tree.js";
import type { Connection, ConnectionHost } from "./connection.js";
import { acceptSession, refuseSession } from "./handshake.js";

/** Watches of a closed connection that are removed in one turn of the event loop; takes some milliseconds. */
const WATCHES_PER_SLICE = 1_000;

/** The parts that clients are served from. They are replaced together. */
export interface Served {
  readonly tree: DataTree;
  readonly role: Role;
  readonly requests: RequestHandler;
}

/** Answers monitoring commands in place of a handshake: the four-letter words. */
export interface Commands {
  /** Returns the length in bytes of a command that begins with these four letters; `undefined` if they are none. */
  length(word: string): number | undefined;
  answer(command: Uint8Array): Promise<string>;
}

export interface ClientServiceParts {
  readonly commands: Commands;
  readonly throttle: ConnectionThrottle;
  readonly stats: ServerStats;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Serves the connections of all client ports: handshakes, requests, four-letter words. */
export class ClientService implements ConnectionHost {
  readonly #parts: ClientServiceParts;
  #served: Served | undefined;
  #isServing = false;

  constructor(parts: ClientServiceParts) {
    this.#parts = parts;
  }

  /** False until {@link serve} is called, and after {@link suspend}. */
  get isServing(): boolean {
    return this.#isServing;
  }

  /** Serves clients from these parts from now on. */
  serve(served: Served): void {
    this.#served = served;
    this.#isServing = true;
  }

  /** Refuses every handshake from now on. Requests of open connections are still handled: the caller closes those. */
  suspend(): void {
    this.#isServing = false;
  }

  /** Serves again, from the same parts as before {@link suspend}. */
  resume(): void {
    this.#isServing = true;
  }

  commandLength(word: string): number | undefined {
    return this.#parts.commands.length(word);
  }

  command(connection: Connection, command: Uint8Array): void {
    this.#parts.commands.answer(command).then(
      (text) => connection.endWith(text),
      (error: unknown) => {
        this.#parts.logger.error("four-letter word failed", { remote: connection.remote, error });
        connection.destroy();
      },
    );
  }

  handshake(connection: Connection, input: JuteReader): void {
    const { stats, throttle, clock } = this.#parts;
    const request = readConnectRequest(input);
    stats.handshakes++;
    const served = this.#served;
    const decision = decideHandshake(request, {
      isServing: this.#isServing && served !== undefined,
      lastZxid: served?.tree.lastZxid ?? 0n,
      admits: (kind) => throttle.admits(kind, clock.now()),
      isOwnSession: isReadOnly(served) ? (id) => served?.role.isOwnSession?.(id) ?? false : undefined,
    });
    if (decision === "open") this.#open(served!, connection, request);
    else if (decision === "resume") this.#resume(served!, connection, request);
    else this.#refuse(connection, request, decision);
  }

  keepAlive(session: Session): void {
    this.#served?.role.sessions.touch(session, this.#parts.clock.now());
  }

  request(connection: Connection, session: Session, input: JuteReader, isThrottled: boolean): void {
    this.#served?.requests.handle(connection, session, input, isThrottled);
  }

  closed(connection: Connection): void {
    if (this.#served === undefined) return;
    const { tree, role } = this.#served;
    removeWatches(tree, connection);
    if (connection.session !== undefined) role.sessions.detach(connection.session.id, connection);
  }

  #open(served: Served, connection: Connection, request: ConnectRequest): void {
    served.role.openSession(request.timeoutMs, (session) => this.#attach(served, connection, request, session));
  }

  #resume(served: Served, connection: Connection, request: ConnectRequest): void {
    this.#parts.stats.revalidations++;
    served.role.resumeSession(request, (session) => {
      if (session === undefined) refuseSession(connection, request);
      else this.#attach(served, connection, request, session);
    });
  }

  /** Closes the former connection of the session, if there is one. */
  #attach({ tree, role }: Served, connection: Connection, request: ConnectRequest, session: Session): void {
    if (!connection.isOpen) return;
    role.sessions.attach(session.id, connection)?.destroy();
    const moment = { now: this.#parts.clock.now(), zxid: tree.lastZxid };
    const granted = { session, password: role.sessions.passwordOf(session.id), isReadOnly: role.mode === "read-only" };
    acceptSession(connection, request, granted, moment);
  }

  #refuse(connection: Connection, request: ConnectRequest, reason: Refusal): void {
    const { logger, stats } = this.#parts;
    const { remote } = connection;
    if (reason === "throttled") {
      stats.connectionsRejected++;
      logger.warn("refused a client: connections are throttled (connectionThrottle)", { remote });
    } else if (reason === "ahead") {
      const zxid = this.#served?.tree.lastZxid;
      const message = "refused a client that has seen a later transaction than this server";
      logger.warn(message, { remote, seen: request.lastZxidSeen, zxid });
    } else if (reason === "read-only" || reason === "not-here") {
      const client = reason === "read-only" ? "client that also writes" : "session of the ensemble";
      logger.info(`refused a ${client}: this server is read-only until it finds a leader`, { remote });
    }
    connection.destroy();
  }
}

type Refusal = Exclude<HandshakeDecision, "open" | "resume">;

const isReadOnly = (served: Served | undefined): boolean => served?.role.mode === "read-only";

/** Removes watches in slices: a million of them takes seconds, during which other clients would wait. */
function removeWatches(tree: DataTree, connection: Connection): void {
  if (tree.removeWatcher(connection, WATCHES_PER_SLICE)) setImmediate(() => removeWatches(tree, connection));
}
