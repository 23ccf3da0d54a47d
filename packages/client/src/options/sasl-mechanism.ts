/** One exchange of tokens with one server. What it throws or rejects with ends the connection. */
export interface SaslConversation {
  /** The first token; empty where the mechanism wants the server to speak first. */
  start(): Uint8Array | Promise<Uint8Array>;
  /** The next token, or `undefined` where the server's token completes the exchange. */
  answer(challenge: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
}

/**
 * How the client proves itself by SASL: called for each connection, with the server as the connect string names it. The
 * client has {@link digestMd5} built in. Others, such as GSSAPI by a Kerberos library, are plugged in here: ZooKeeper
 * servers take the mechanism from the client's section of their JAAS configuration, so its name never travels.
 */
export type SaslMechanism = (server: { readonly host: string; readonly port: number }) => SaslConversation;
