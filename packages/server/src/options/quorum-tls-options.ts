import type { ServerTlsOptions } from "./tls-options.js";

/** Key and certificates of a server for the other servers of its ensemble, which check each other (`ssl.quorum.*`). */
export interface QuorumTlsOptions extends ServerTlsOptions {
  /**
   * Refuse a server whose certificate is not for its host name or address (`ssl.quorum.hostnameVerification`).
   * @default true
   */
  readonly hostnameVerification?: boolean | undefined;
  /**
   * The same for servers that connect to this one: their certificate must be for their address
   * (`ssl.quorum.clientHostnameVerification`). Without effect if `hostnameVerification` is false.
   * @default true
   */
  readonly clientHostnameVerification?: boolean | undefined;
  /**
   * Look up the host name of a server that has connected, if its certificate is not for its address
   * (`ssl.quorum.allowReverseDnsLookup`).
   * @default true
   */
  readonly allowReverseDnsLookup?: boolean | undefined;
}
