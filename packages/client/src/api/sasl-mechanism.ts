/** SASL exchange with one server. An error that it throws, or rejects with, ends the connection. */
export interface SaslConversation {
  /** Returns the first token; empty if the server must send the first one. */
  start(): Uint8Array | Promise<Uint8Array>;
  /** Returns the next token, or `undefined` if the server's token completes the exchange. */
  answer(challenge: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
}

/**
 * SASL mechanism: a function that is called for each connection, with the server's address as in the connect string.
 * {@link digestMd5} is built in. Others, such as GSSAPI with a Kerberos library, are plugged in here. The name of the
 * mechanism is not sent: ZooKeeper servers take it from the client's section of their JAAS configuration.
 */
export type SaslMechanism = (server: { readonly host: string; readonly port: number }) => SaslConversation;
