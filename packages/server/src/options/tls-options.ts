/** Key, certificates and client authentication of the TLS port, in terms of Node.js's `tls.createServer`. */
export interface ServerTlsOptions {
  /** The private key, as PEM. */
  readonly key?: string | Buffer | undefined;
  /** The certificate and those that it is signed by, as PEM. */
  readonly cert?: string | Buffer | undefined;
  /** Key and certificates together, as PKCS #12; in place of `key` and `cert`. */
  readonly pfx?: Buffer | undefined;
  /** Passphrase of the key, or of the PKCS #12. */
  readonly passphrase?: string | undefined;
  /** Authorities that may sign client certificates, as PEM. */
  readonly ca?: string | Buffer | undefined;
  /**
   * Lists of revoked certificates, as PEM: one of each authority of a chain, the root included, and none of them out of date,
   * or else every certificate is refused. Lists are not downloaded, and servers for OCSP are not asked.
   */
  readonly crl?: string | Buffer | undefined;
  /**
   * Require a client certificate (`need`), accept one (`want`; an untrusted one is refused), or request none (`none`).
   * A client with a certificate has the id `x509:<subject>` (`ssl.clientAuth`).
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
   * Maximum duration of a TLS handshake, in milliseconds.
   * @default 10_000
   */
  readonly handshakeTimeoutMs?: number | undefined;
}
