import { unwatchFile, watchFile } from "node:fs";
import type { Logger } from "@conclave/runtime";
import { readApacheTls, type ZooKeeperServer } from "@conclave/server";

export interface ReloadTlsOptions {
  /** Apache's `ssl.*` properties. */
  readonly properties: Readonly<Record<string, string>>;
  readonly server: Pick<ZooKeeperServer, "reloadTls">;
  readonly logger: Logger;
  /**
   * Interval between checks of the files, in milliseconds. The files are checked by name, so that a changed link counts.
   * @default 5_000
   */
  readonly intervalMs?: number;
}

/**
 * Reloads the key store and the trust store of a server when one changes (`client.certReload`). A file that cannot be read
 * is logged, and the server keeps the previous certificates until the next change. Returns a function that stops it.
 */
export function reloadTls({ properties, server, logger, intervalMs = 5_000 }: ReloadTlsOptions): () => void {
  const files = ["ssl.keyStore.location", "ssl.trustStore.location"].flatMap((key) => properties[key] ?? []);
  const reload = async (): Promise<void> => {
    try {
      const tls = await readApacheTls(properties);
      if (tls !== undefined) server.reloadTls(tls);
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
