/**
 * Why a connection ended, or never came to be.
 *
 * - `unreachable`: the name has no address, the port refuses connections, the network is down, or the TLS handshake failed
 *   (the message names its cause, such as an unknown CA, and the option to look at).
 * - `timeout`: no TCP connection, or no answer to the handshake, in time.
 * - `closed`: the server ended it.
 * - `silent`: nothing arrived for two thirds of the session timeout, although we pinged.
 * - `malformed`: the bytes that arrived are not ZooKeeper's protocol (the message names HTTP, TLS or SSH where it is one of
 *   them), or answer no request.
 * - `unauthenticated`: the server did not take our SASL, or could not prove itself by it.
 * - `refused`: the server did not take what a connection starts with: credentials that it took before, or watches.
 * - `ended`: this client ended it.
 */
export type ConnectionErrorReason =
  | "unreachable"
  | "timeout"
  | "closed"
  | "silent"
  | "malformed"
  | "unauthenticated"
  | "refused"
  | "ended";

/** What ended a connection: the `cause` of the errors of the operations that were lost with it. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly reason: ConnectionErrorReason;
  /** `host:port` as the connect string names it. */
  readonly server: string;

  constructor(reason: ConnectionErrorReason, server: string, message: string, cause?: unknown) {
    super(`${server}: ${message}`, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.server = server;
  }
}
