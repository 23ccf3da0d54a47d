/** How the TLS port proves itself and whom it lets in: in terms of Node.js's `tls.createServer`. */
export interface ServerTlsOptions {
  /** The private key, as PEM. */
  readonly key?: string | Buffer | undefined;
  /** The certificate and those that it is signed by, as PEM. */
  readonly cert?: string | Buffer | undefined;
  /** Key and certificates together, as PKCS #12; in place of `key` and `cert`. */
  readonly pfx?: Buffer | undefined;
  /** What the key, or the PKCS #12, is encrypted with. */
  readonly passphrase?: string | undefined;
  /** Who may sign the certificates of clients, as PEM. */
  readonly ca?: string | Buffer | undefined;
  /** Certificates that are revoked, as PEM. */
  readonly crl?: string | Buffer | undefined;
  /**
   * Whether a client must prove itself (`need`), may (`want`; if it does, it must be by a good certificate), or is not
   * asked (`none`). A client that does has the id `x509:<subject>` (`ssl.clientAuth`).
   * @default "need"
   */
  readonly clientAuth?: "need" | "want" | "none" | undefined;
  /** @default Node.js's, "TLSv1.2" */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** @default Node.js's, "TLSv1.3" */
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** Names of OpenSSL, separated by colons. @default Node.js's */
  readonly ciphers?: string | undefined;
  /**
   * How long a client may take until TLS is established, in milliseconds.
   * @default 10_000
   */
  readonly handshakeTimeoutMs?: number | undefined;
}
