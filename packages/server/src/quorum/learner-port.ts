import { createServer, type Server } from "node:net";
import type { QuorumPacket } from "@conclave/protocol";
import type { Clock, Logger } from "@conclave/runtime";
import { LearnerConnection } from "./learner-connection.js";

export interface LearnerPortOptions {
  readonly host: string;
  readonly port: number;
  readonly maxPacketBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onPacket: (learner: LearnerConnection, packet: QuorumPacket) => void;
  readonly onGone: (learner: LearnerConnection, cause: string) => void;
}

/** Connections that may be open at once. An ensemble has some dozens of learners at most. */
const MAX_CONNECTIONS = 256;
/** Connections that have sent no packet. A further one takes the place of the oldest. */
const MAX_UNKNOWN = 64;
/** Time for a connection to send its first packet. */
const FIRST_PACKET_MS = 5_000;

/** The quorum port of a leader, open only while it leads. */
export class LearnerPort {
  readonly #options: LearnerPortOptions;
  readonly #server: Server;
  readonly #learners = new Set<LearnerConnection>();
  /** Those that have sent no packet, the oldest first. */
  readonly #unknown = new Set<LearnerConnection>();
  #nextNumber = 1;

  constructor(options: LearnerPortOptions) {
    const { maxPacketBytes, onPacket, onGone } = options;
    this.#options = options;
    const close = (learner: LearnerConnection | undefined): void => learner?.close("it sent no packet");
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
      const learner = new LearnerConnection({
        ...{ socket, number: this.#nextNumber++, maxPacketBytes },
        onPacket: (sender, packet) => {
          this.#unknown.delete(sender);
          onPacket(sender, packet);
        },
        onGone: (gone, cause) => {
          this.#learners.delete(gone);
          this.#unknown.delete(gone);
          onGone(gone, cause);
        },
      });
      this.#learners.add(learner);
      const [oldest] = this.#unknown;
      if (this.#unknown.size >= MAX_UNKNOWN) close(oldest);
      this.#unknown.add(learner);
      options.clock.setTimer(FIRST_PACKET_MS, () => this.#unknown.has(learner) && close(learner));
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Resolves when it listens; rejects with Node.js's error if the address cannot be used. */
  async listen(): Promise<void> {
    const { host, port, logger } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off("error", reject);
        this.#server.on("error", (error) => logger.warn("quorum port failed", { error }));
        resolve();
      });
    });
  }

  /** Closes the port and all connections. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const learner of this.#learners) learner.close("the leader closed the connection");
    await closed;
  }
}
