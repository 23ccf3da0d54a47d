import type { ServerOptions } from "@conclave/server";
import { ConfigError } from "./config/config-error.js";
import { type ParsedConfig, parseServerConfig, type ServerConfig } from "./config/server-config.js";

/** Settings of a server without a configuration file. */
export interface FilelessSettings {
  /** 0 takes a free one. */
  readonly port: number;
  /** Folder of the data; `undefined` keeps them in memory. */
  readonly dataDir: string | undefined;
}

/** Configuration of a server that may keep its data in memory. */
export type ServedConfig = Omit<ServerConfig, "dataDir"> & Pick<ServerOptions, "dataDir">;

/** A {@link ServedConfig}, and warnings about keys without effect. */
export interface FilelessConfig extends Pick<ParsedConfig, "warnings"> {
  readonly config: ServedConfig;
}

/**
 * Defaults of a server on a developer's machine, as those of `startEnsemble`: reached from this machine only, with short
 * ticks, so that the session of a client that was killed ends soon.
 */
const DEFAULTS: Readonly<Record<string, string>> = {
  clientPortAddress: "127.0.0.1",
  tickTime: "500",
  maxSessionTimeout: "60000",
  maxClientCnxns: "0",
  extendedTypesEnabled: "true",
  "admin.enableServer": "false",
};

/** Returns the configuration of a server without a file, or a string with the problems of its system properties. */
export function filelessConfig(
  { port, dataDir }: FilelessSettings,
  workingFolder: string,
  systemProperties: readonly string[],
): FilelessConfig | string {
  const own = { ...DEFAULTS, clientPort: String(port), dataDir: dataDir ?? "." };
  const properties = Object.entries(own).map(([key, value]) => `zookeeper.${key}=${value}`);
  try {
    const given = [...properties, ...systemProperties];
    const { config, warnings } = parseServerConfig("", "conclave server", workingFolder, given);
    return { config: dataDir === undefined ? { ...config, dataDir: undefined } : config, warnings };
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
