/**
 * Reason for the end of a connection, or of an attempt to open one.
 *
 * - `unreachable`: the name has no address, the port refuses connections, the network is down, or the TLS handshake
 *   failed (the message names its cause, such as an unknown CA, and the option to look at).
 * - `timeout`: the TCP connection or the answer to the handshake did not arrive in time.
 * - `closed`: the server closed the connection.
 * - `silent`: no complete reply arrived for two thirds of the session timeout, although the client sent pings.
 * - `malformed`: the bytes that arrived are not ZooKeeper's protocol (the message names HTTP, TLS or SSH if it
 *   recognizes one of them), or they answer no request.
 * - `unauthenticated`: the server refused the client's SASL, or failed to authenticate itself by it.
 * - `refused`: the server refused credentials that it had accepted before, the session's watches, or reads that
 *   were sent as one request.
 * - `ended`: this client ended the connection.
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

/** Error that ended a connection; the `cause` of the errors of all operations that were lost with it. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
  readonly reason: ConnectionErrorReason;
  /** Server as `host:port`, as written in the connect string. */
  readonly server: string;

  constructor(reason: ConnectionErrorReason, server: string, message: string, cause?: unknown) {
    super(`${server}: ${message}`, cause === undefined ? undefined : { cause });
    this.reason = reason;
    this.server = server;
  }
}
