import type { ConnectionOptions as TlsOptions } from "node:tls";

/** Client port of a server, at which it answers four-letter words. */
export interface ServerTarget {
  readonly host: string;
  readonly port: number;
  /** Options of TLS; undefined for plain TCP. */
  readonly tls?: TlsOptions | undefined;
}

/** Time limit and signal of a question to a server. */
export interface AskOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Returns `host:port`, with an IPv6 address in brackets. */
export function shownTarget({ host, port }: Pick<ServerTarget, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
