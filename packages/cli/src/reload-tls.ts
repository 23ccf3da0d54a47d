import { unwatchFile, watchFile } from "node:fs";
import type { Logger } from "@conclave/runtime";
import { readApacheTls, type ZooKeeperServer } from "@conclave/server";

export interface ReloadTlsOptions {
  /** Apache's `ssl.*` properties. */
  readonly properties: Readonly<Record<string, string>>;
  readonly server: Pick<ZooKeeperServer, "renewTls">;
  readonly logger: Logger;
  /**
   * How often the files are looked at, in milliseconds: by name, so that a link that is made to point elsewhere counts.
   * @default 5_000
   */
  readonly intervalMs?: number;
}

/**
 * Has a server take the files of its key and trust store anew whenever one changes (`client.certReload`). What cannot be
 * read, or is half written, is told to the log, and the former stays until the next change. Returns how to stop.
 */
export function reloadTls({ properties, server, logger, intervalMs = 5_000 }: ReloadTlsOptions): () => void {
  const files = ["ssl.keyStore.location", "ssl.trustStore.location"].flatMap((key) => properties[key] ?? []);
  const renew = async (): Promise<void> => {
    try {
      const tls = await readApacheTls(properties);
      if (tls !== undefined) server.renewTls(tls);
      logger.info("took the certificates anew", { files });
    } catch (error) {
      logger.warn("cannot take the certificates that changed; the former stay", { files, error });
    }
  };
  const onChange = (): void => void renew();
  for (const file of files) watchFile(file, { interval: intervalMs, persistent: false }, onChange);
  return () => {
    for (const file of files) unwatchFile(file, onChange);
  };
}
