import type { ConnectionOptions as TlsOptions } from "node:tls";
import type { ConnectRequest, ConnectResponse, WatcherEvent } from "@conclave/protocol";
import type { Clock, Random } from "@conclave/runtime";
import type { ConnectionError } from "../api/connection-error.js";
import type { SaslMechanism } from "../api/sasl-mechanism.js";
import type { ServerAddress } from "./server-address.js";

/** Receives the start and the end of a connection; its methods must not throw. `ended` is the last event. */
export interface ConnectionListener {
  /**
   * The server accepted the handshake that was sent at `sentAtMs`, and the SASL exchange if there is one. Operations
   * may be sent from now on.
   */
  attached(response: ConnectResponse, sentAtMs: number): void;
  /** The connection has ended, and its operations have failed. */
  ended(error: ConnectionError): void;
}

/** Receives the answers of a server, and judges the session by them; its methods must not throw. */
export interface ReplyListener {
  /** A watch fired. */
  notified(event: WatcherEvent): void;
  /**
   * The server answered an operation or a ping that was sent at `sentAtMs`. The zxid is (0, 0) if the answer carries
   * none.
   */
  answered(sentAtMs: number, zxidHigh: number, zxidLow: number): void;
  /**
   * Returns true if the deadline of the session has passed on the client's clock. With `answeredAtMs`: if it would have
   * passed even after an answer to the request that was sent at that time.
   */
  isOverdue(answeredAtMs?: number): boolean;
  /**
   * Expires the session if its deadline has passed, which may end this connection. Called before any event of the
   * connection reaches the session or an operation.
   */
  compareClock(): void;
}

/** Options of one connection to one server. */
export interface ConnectionOptions {
  readonly server: ServerAddress;
  readonly handshake: ConnectRequest;
  /** For resolving the name and opening the TCP connection, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** For the answer to the handshake, from then on, in milliseconds; the same again for SASL. */
  readonly handshakeTimeoutMs: number;
  /** Options for TLS; `undefined` for plain TCP. */
  readonly tls: TlsOptions | undefined;
  /** SASL mechanism for the exchange after the handshake; `undefined` for none. */
  readonly sasl: SaslMechanism | undefined;
  readonly maxRequestBytes: number;
  readonly maxReplyBytes: number;
  /** Joins adjacent reads of one tick into one request; with "auto", if the server has said that it knows such requests. */
  readonly batchReads: boolean | "auto";
  /** Called when the server refuses joined reads with "auto": another server than the one that was asked has answered. */
  readonly onBatchRefused: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly listener: ConnectionListener;
  readonly replies: ReplyListener;
}
