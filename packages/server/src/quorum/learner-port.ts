import { createServer, type Server } from "node:net";
import type { QuorumPacket } from "@conclave/protocol";
import type { Logger } from "@conclave/runtime";
import { LearnerConnection } from "./learner-connection.js";

export interface LearnerPortOptions {
  readonly host: string;
  readonly port: number;
  readonly maxPacketBytes: number;
  readonly logger: Logger;
  readonly onPacket: (learner: LearnerConnection, packet: QuorumPacket) => void;
  readonly onGone: (learner: LearnerConnection, cause: string) => void;
}

/** Learners that may be connected at once. An ensemble has some dozens at most. */
const MAX_LEARNERS = 256;

/** The quorum port of a leader, open only while it leads. */
export class LearnerPort {
  readonly #options: LearnerPortOptions;
  readonly #server: Server;
  readonly #learners = new Set<LearnerConnection>();
  #nextNumber = 1;

  constructor(options: LearnerPortOptions) {
    const { maxPacketBytes, onPacket, onGone } = options;
    this.#options = options;
    this.#server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
      const learner = new LearnerConnection({
        ...{ socket, number: this.#nextNumber++, maxPacketBytes, onPacket },
        onGone: (gone, cause) => {
          this.#learners.delete(gone);
          onGone(gone, cause);
        },
      });
      this.#learners.add(learner);
    });
    this.#server.maxConnections = MAX_LEARNERS;
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
