import { ErrorCode, errorName, type JuteReader, type JuteWriter, sasl, writeRequestHeader } from "@conclave/protocol";
import type { SaslConversation, SaslMechanism } from "../api/sasl-mechanism.js";
import type { ServerAddress } from "./server-address.js";

/** Functions of the connection that a {@link SaslExchange} uses. */
export interface SaslHost {
  /** Sends a frame. */
  send(write: (out: JuteWriter) => void): void;
  takeXid(): number;
  /** The server accepted the client, and the mechanism is complete. */
  completed(): void;
  /** The server refused the client, or the mechanism does not trust the server. */
  failed(message: string, cause?: unknown): void;
}

/**
 * Exchange of tokens between the handshake and the first operation (Java's ZooKeeperSaslClient): one token, one answer,
 * until the mechanism is complete. An error of the mechanism fails the exchange.
 */
export class SaslExchange {
  readonly #host: SaslHost;
  #conversation: SaslConversation | undefined;
  #xid = 0;
  #isOver = false;

  /** Starts the exchange. */
  constructor(mechanism: SaslMechanism, server: ServerAddress, host: SaslHost) {
    this.#host = host;
    void this.#sendNext(() => {
      this.#conversation = mechanism(server);
      return this.#conversation.start();
    });
  }

  /** Handles a reply; its header has been read. */
  onReply(xid: number, errno: number, input: JuteReader): void {
    if (this.#isOver) return;
    if (xid !== this.#xid) this.#fail(`the server sent a reply with the xid ${xid} instead of ${this.#xid}`);
    else if (errno !== ErrorCode.OK) this.#fail(`the server refused: ${errorName(errno) ?? "UNKNOWN_CODE"} (${errno})`);
    else {
      const token = Uint8Array.from(sasl.readResponse(input).token ?? []);
      void this.#sendNext(() => this.#conversation?.answer(token));
    }
  }

  stop(): void {
    this.#isOver = true;
  }

  async #sendNext(next: () => Promise<Uint8Array | undefined> | Uint8Array | undefined): Promise<void> {
    let token: Uint8Array | undefined;
    try {
      token = await next();
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error), error);
      return;
    }
    if (this.#isOver) return;
    if (token === undefined) {
      this.#isOver = true;
      this.#host.completed();
      return;
    }
    this.#xid = this.#host.takeXid();
    this.#host.send((out) => {
      writeRequestHeader(out, this.#xid, sasl.type);
      sasl.writeRequest(out, { token });
    });
  }

  #fail(message: string, cause?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#host.failed(`SASL: ${message}`, cause);
  }
}
