import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readApacheTls, type ServerOptions } from "@conclave/server";
import { ConfigError } from "./config/config-error.js";
import { JaasError, readSaslUsers } from "./config/jaas.js";
import { type ParsedConfig, parseServerConfig } from "./config/server-config.js";
import type { ServedConfig } from "./fileless-config.js";

/** Reads a configuration file. Returns a string with the problems, for the user, if it is invalid or cannot be read. */
export async function readConfig(
  file: string,
  workingFolder: string,
  systemProperties: readonly string[],
): Promise<ParsedConfig | string> {
  try {
    return parseServerConfig(await readFile(file, "utf8"), file, workingFolder, systemProperties, readMyId);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    const { code, message } = error as NodeJS.ErrnoException;
    const remedy =
      code === "ENOENT"
        ? ": write that file; the lines dataDir=<folder> and clientPort=2181 are enough. To serve without a file, pass --data-dir or --memory"
        : "";
    return `cannot read the configuration: ${message}${remedy}`;
  }
}

/** Returns the first line of the file `myid`, as QuorumPeerConfig reads it. */
function readMyId(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, "myid"), "utf8").split(/\r\n|\r|\n/, 1)[0];
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** Reads the files named in a configuration: certificates, and passwords for SASL. Returns a string with the problem of one. */
export async function readNamedFiles({
  tlsProperties,
  jaas,
  secureClientPort,
  portUnification,
}: ServedConfig): Promise<Pick<ServerOptions, "tls" | "saslUsers"> | string> {
  const needsTls = secureClientPort !== undefined || portUnification === true;
  try {
    return {
      tls: needsTls ? await readApacheTls(tlsProperties) : undefined,
      saslUsers: jaas === undefined ? undefined : readSaslUsers(await readFile(jaas.file, "utf8"), jaas.section),
    };
  } catch (error) {
    if (error instanceof JaasError) return `${jaas?.file}: ${error.message}`;
    const isExpected = error instanceof RangeError || (error as NodeJS.ErrnoException).code !== undefined;
    if (!isExpected) throw error;
    return (error as Error).message;
  }
}
