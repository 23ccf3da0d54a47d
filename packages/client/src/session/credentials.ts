import { type AuthPacket, ErrorCode } from "@conclave/protocol";
import { type Logger, onAbort } from "@conclave/runtime";
import { ZkError } from "../api/zk-error.js";
import type { Connection } from "../connection/connection.js";

interface Credential {
  readonly packet: AuthPacket;
  readonly resolve: () => void;
  readonly reject: (error: ZkError) => void;
  /** True once a server has accepted it. */
  isAccepted: boolean;
}

/**
 * Credentials of the client. They outlive the connection: each new connection receives them first, in the order in
 * which they were added.
 */
export class Credentials {
  readonly #credentials = new Set<Credential>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /**
   * Adds credentials, and sends them if there is a connection. Resolves when a server accepts them (see
   * `ZooKeeper.addAuth`).
   */
  add(packet: AuthPacket, connection: Connection | undefined, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let unbindSignal = (): void => {};
      const settling =
        <Args extends unknown[]>(settle: (...args: Args) => void) =>
        (...args: Args): void => {
          unbindSignal();
          settle(...args);
        };
      const credential: Credential = {
        packet,
        resolve: settling(resolve),
        reject: settling(reject),
        isAccepted: false,
      };
      this.#credentials.add(credential);
      unbindSignal = onAbort(signal, () =>
        this.#drop(credential, this.#error("ABORTED", packet, "aborted by the caller", signal?.reason)),
      );
      if (connection !== undefined && this.#credentials.has(credential)) this.#send(credential, connection);
    });
  }

  /** Sends all credentials in order. */
  sendAll(connection: Connection): void {
    for (const credential of this.#credentials) this.#send(credential, connection);
  }

  /** Rejects the credentials that no server has accepted yet, because the client is closed. */
  close(): void {
    for (const credential of this.#credentials) {
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
      // A server closes the connection now. Ending it here first makes the next operations of the caller wait for
      // another one.
      const { scheme } = credential.packet;
      connection.end("refused", `the server refused credentials of the scheme ${scheme} (${errno})`);
      // Without credentials that other servers accepted, operations would fail with NO_AUTH: use another server
      // instead.
      if (credential.isAccepted) return;
      this.#logger.error("zookeeper: the server refused credentials", { scheme, errno, server: connection.server });
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
