import type { QuorumPacket } from "@conclave/protocol";
import type { Clock, Logger, Timer } from "@conclave/runtime";
import { LearnerConnection } from "./learner-connection.js";
import { Listeners } from "./listeners.js";
import type { Network, PortAddress, QuorumSocket } from "./network.js";

export interface LearnerPortOptions {
  /** Name for the log. @default "quorum port" */
  readonly name?: string | undefined;
  readonly addresses: readonly PortAddress[];
  readonly maxPacketBytes: number;
  readonly network: Network;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly defer: (task: () => void) => void;
  readonly onPacket: (learner: LearnerConnection, packet: QuorumPacket) => void;
  /** Called after the packets of a learner that arrived together. */
  readonly onRead?: (learner: LearnerConnection) => void;
  readonly onGone: (learner: LearnerConnection, cause: string) => void;
}

/** Connections that may be open at once. An ensemble has some dozens of learners at most. */
const MAX_CONNECTIONS = 256;
/** Connections that have sent no packet. A further one takes the place of the oldest. */
const MAX_UNKNOWN = 64;
/** Time for a connection to send its first packet. */
const FIRST_PACKET_MS = 5_000;

/** The quorum port of a leader, open only while it leads; or the port of a follower for observers, open while it serves. */
export class LearnerPort {
  readonly #options: LearnerPortOptions;
  readonly #learners = new Set<LearnerConnection>();
  /** Connections that have sent no packet, the oldest first, each with the timer that ends it. */
  readonly #unknown = new Map<QuorumSocket, Timer>();
  #nextNumber = 1;
  readonly #listeners: Listeners;

  constructor(options: LearnerPortOptions) {
    const { network, logger, name = "quorum port" } = options;
    this.#options = options;
    this.#listeners = new Listeners({
      ...{ network, maxConnections: MAX_CONNECTIONS },
      onConnection: (socket) => this.#accept(socket),
      onError: (error) => logger.warn(`${name} failed`, { error }),
    });
  }

  /** Resolves when it listens; rejects with Node.js's error if none of its addresses can be used. */
  async listen(): Promise<void> {
    const { addresses, logger, name = "quorum port" } = this.#options;
    const failures = await this.#listeners.use(addresses);
    if (!this.#listeners.isListening) throw failures[0]?.error ?? new Error("this server has no address");
    for (const { address, error } of failures) {
      logger.warn(`${name}: cannot listen on one of the addresses`, { ...address, error });
    }
  }

  /** Closes the port and all connections. */
  async close(): Promise<void> {
    const closed = this.#listeners.close();
    for (const learner of this.#learners) learner.close("this server closed the connection");
    for (const socket of this.#unknown.keys()) socket.destroy();
    await closed;
  }

  #accept(socket: QuorumSocket): void {
    const { clock, network } = this.#options;
    const [oldest] = this.#unknown.keys();
    if (this.#unknown.size >= MAX_UNKNOWN) oldest?.destroy();
    this.#unknown.set(
      socket,
      clock.setTimer(FIRST_PACKET_MS, () => socket.destroy()),
    );
    socket.once("close", () => this.#known(socket));
    socket.on("error", () => {});
    if (network.authentication === undefined) this.#receive(socket, EMPTY);
    else network.authentication.check(socket, EMPTY, (rest) => this.#receive(socket, rest));
  }

  #receive(socket: QuorumSocket, received: Uint8Array): void {
    const { maxPacketBytes, defer, onPacket, onRead = () => {}, onGone } = this.#options;
    const learner = new LearnerConnection({
      ...{ socket, number: this.#nextNumber++, maxPacketBytes, defer },
      onPacket: (sender, packet) => {
        this.#known(socket);
        onPacket(sender, packet);
      },
      onRead,
      onGone: (gone, cause) => {
        this.#learners.delete(gone);
        this.#known(socket);
        onGone(gone, cause);
      },
    });
    this.#learners.add(learner);
    if (received.length > 0) socket.unshift(received);
  }

  #known(socket: QuorumSocket): void {
    this.#unknown.get(socket)?.cancel();
    this.#unknown.delete(socket);
  }
}

const EMPTY = new Uint8Array(0);
