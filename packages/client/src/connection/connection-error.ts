/**
 * Why a connection ended, or never came to be.
 *
 * - `unreachable`: the name has no address, nobody listens, the network says no, or TLS does (its certificate is not trusted, or
 *   is another server's).
 * - `timeout`: no TCP connection, or no answer to the handshake, in time.
 * - `closed`: the server ended it.
 * - `silent`: nothing arrived for two thirds of the session timeout, although we pinged.
 * - `malformed`: what arrived is not ZooKeeper's protocol, or answers nothing that was asked.
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
