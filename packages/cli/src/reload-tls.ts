import { unwatchFile, watchFile } from "node:fs";
import type { Logger } from "@conclave/runtime";
import { readApacheQuorumTls, readApacheTls, type ZooKeeperServer } from "@conclave/server";

type Properties = Readonly<Record<string, string>>;

export interface ReloadTlsOptions {
  /** Apache's `ssl.*` properties, or those of `ssl.quorum.*`. */
  readonly properties: Properties;
  readonly server: Pick<ZooKeeperServer, "reloadTls">;
  readonly logger: Logger;
  /**
   * Interval between checks of the files, in milliseconds. The files are checked by name, so that a changed link counts.
   * @default 5_000
   */
  readonly intervalMs?: number;
}

/**
 * Reloads the key store, the trust store and the revocation lists of a server when one changes (`client.certReload`). A file that cannot be read
 * is logged, and the server keeps the previous certificates until the next change. Returns a function that stops it.
 */
export function reloadTls({ server, ...options }: ReloadTlsOptions): () => void {
  return watchStores(options, "ssl", async (properties) => {
    const tls = await readApacheTls(properties);
    if (tls !== undefined) server.reloadTls(tls);
  });
}

/** The same for connections between servers (`sslQuorumReloadCertFiles`). */
export function reloadQuorumTls({
  server,
  ...options
}: Omit<ReloadTlsOptions, "server"> & { readonly server: Pick<ZooKeeperServer, "reloadQuorumTls"> }): () => void {
  return watchStores(options, "ssl.quorum", async (properties) => {
    const tls = await readApacheQuorumTls(properties);
    if (tls !== undefined) server.reloadQuorumTls(tls);
  });
}

function watchStores(
  { properties, logger, intervalMs = 5_000 }: Omit<ReloadTlsOptions, "server">,
  prefix: string,
  read: (properties: Properties) => Promise<void>,
): () => void {
  const names = [`${prefix}.keyStore`, `${prefix}.trustStore`, `conclave.${prefix}.crl`];
  const files = names.flatMap((name) => properties[`${name}.location`] ?? []);
  const reload = async (): Promise<void> => {
    try {
      await read(properties);
      logger.info("TLS certificates reloaded; existing connections keep the previous ones", { files });
    } catch (error) {
      logger.warn("cannot reload the TLS certificates; the server keeps the previous ones", { files, error });
    }
  };
  const onChange = (): void => void reload();
  for (const file of files) watchFile(file, { interval: intervalMs, persistent: false }, onChange);
  return () => {
    for (const file of files) unwatchFile(file, onChange);
  };
}
