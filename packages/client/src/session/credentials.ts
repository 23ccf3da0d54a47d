import { type AuthPacket, ErrorCode } from "@conclave/protocol";
import type { Logger } from "@conclave/runtime";
import type { Connection } from "../connection/connection.js";
import { onAbort } from "../operations/on-abort.js";
import { ZkError } from "../zk-error.js";

interface Credential {
  readonly packet: AuthPacket;
  readonly resolve: () => void;
  readonly reject: (error: ZkError) => void;
  /** Whether a server ever accepted it. */
  isAccepted: boolean;
}

/**
 * What the caller proves itself with. They belong to the client, not to a connection: each new one gets them first, in
 * the order in which they were added.
 */
export class Credentials {
  readonly #credentials = new Set<Credential>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Adds one, and sends it if there is a connection. Resolves when a server accepts it (see `ZooKeeper.addAuth`). */
  add(packet: AuthPacket, connection: Connection | undefined, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settling =
        <Args extends unknown[]>(settle: (...args: Args) => void) =>
        (...args: Args): void => {
          disobey();
          settle(...args);
        };
      const credential: Credential = {
        packet,
        resolve: settling(resolve),
        reject: settling(reject),
        isAccepted: false,
      };
      const giveUp = (): void =>
        this.#drop(credential, this.#error("ABORTED", packet, "aborted by the caller", signal?.reason));
      const disobey = signal === undefined || signal.aborted ? () => {} : onAbort(signal, giveUp);
      this.#credentials.add(credential);
      if (signal?.aborted) giveUp();
      else if (connection !== undefined) this.#send(credential, connection);
    });
  }

  /** Sends all of them, in order. */
  sendAll(connection: Connection): void {
    for (const credential of this.#credentials) this.#send(credential, connection);
  }

  /** The client is closed: nobody will accept what was not accepted yet. */
  close(): void {
    for (const credential of this.#credentials) {
      if (!credential.isAccepted)
        this.#drop(credential, this.#error("CLOSED", credential.packet, "the client is closed"));
    }
  }

  #send(credential: Credential, connection: Connection): void {
    connection.authenticate(credential.packet, (errno) => {
      if (!this.#credentials.has(credential)) return;
      if (errno === ErrorCode.OK) {
        credential.isAccepted = true;
        credential.resolve();
        return;
      }
      // A server hangs up now: ended here first, so that what its caller does next waits for another connection.
      const { scheme } = credential.packet;
      connection.end("refused", `the server refused credentials of the scheme ${scheme} (${errno})`);
      // Going on without what others accepted would turn into NO_AUTH here and there: rather another server.
      if (credential.isAccepted) return;
      this.#logger.error("zookeeper: credentials were refused", { scheme, errno, server: connection.server });
      this.#drop(credential, ZkError.fromReply(errno, `addAuth ${scheme}`));
    });
  }

  #drop(credential: Credential, error: ZkError): void {
    this.#credentials.delete(credential);
    credential.reject(error);
  }

  #error(code: "ABORTED" | "CLOSED", { scheme }: AuthPacket, why: string, cause?: unknown): ZkError {
    return new ZkError(code, `addAuth ${scheme}: ${why}`, { outcome: "not-applied", cause });
  }
}
