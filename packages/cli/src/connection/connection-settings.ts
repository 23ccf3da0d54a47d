import { readFile } from "node:fs/promises";
import type { ConnectionOptions as TlsOptions } from "node:tls";

/** Address and credentials of a command that connects to servers. */
export interface ConnectionSettings {
  /** Connect string. */
  readonly servers: string;
  /** `user:password` of the scheme digest. */
  readonly auth: string | undefined;
  /** `user:password` of SASL DIGEST-MD5. */
  readonly sasl: string | undefined;
  readonly tls: boolean;
  /** Paths of PEM files; any of them means TLS. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly connectTimeoutMs: number;
  /** True if a server without a quorum may answer reads. */
  readonly canBeReadOnly: boolean;
}

/** Returns the options of TLS; `undefined` for plain TCP. Rejects with the error of a file that cannot be read. */
export async function tlsOptions({ tls, ca, cert, key }: ConnectionSettings): Promise<TlsOptions | undefined> {
  if (!tls && ca === undefined && cert === undefined && key === undefined) return undefined;
  const read = async (path: string | undefined): Promise<Buffer | undefined> =>
    path === undefined ? undefined : readFile(path);
  return { ca: await read(ca), cert: await read(cert), key: await read(key) };
}
