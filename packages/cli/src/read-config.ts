import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type EnsembleOptions, readApacheQuorumTls, readApacheTls, type ServerOptions } from "@conclave/server";
import { ConfigError } from "./config/config-error.js";
import { hasSection, JaasError, readSaslUser, readSaslUsers } from "./config/jaas.js";
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

/** Options whose values are in files of their own. */
type Named = Pick<ServerOptions, "tls" | "saslUsers" | "ensemble">;

/** Reads the files named in a configuration: certificates, and passwords for SASL. Returns a string with the problem of one. */
export async function readNamedFiles(config: ServedConfig): Promise<Named | string> {
  const { tlsProperties, jaas, secureClientPort, portUnification, ensemble } = config;
  const needsTls = secureClientPort !== undefined || portUnification === true;
  try {
    return {
      tls: needsTls ? await readApacheTls(tlsProperties) : undefined,
      saslUsers: await readClientUsers(config),
      ensemble: ensemble && (await withNamedFiles(ensemble, config)),
    };
  } catch (error) {
    if (error instanceof JaasError) return `${jaas?.file}: ${error.message}`;
    const isExpected = error instanceof RangeError || (error as NodeJS.ErrnoException).code !== undefined;
    if (!isExpected) throw error;
    return (error as Error).message;
  }
}

/** A file whose other sections are for servers need not have one for clients. */
async function readClientUsers({ jaas, ensemble }: ServedConfig): Promise<ServerOptions["saslUsers"]> {
  if (jaas === undefined) return undefined;
  const text = await readFile(jaas.file, "utf8");
  if (ensemble?.saslEnabled === true && !hasSection(text, jaas.section)) return undefined;
  return readSaslUsers(text, jaas.section);
}

async function withNamedFiles(
  ensemble: EnsembleOptions,
  { quorumTlsProperties, jaas }: ServedConfig,
): Promise<EnsembleOptions> {
  const { sslQuorum, portUnification, saslEnabled, saslLearnerRequired } = ensemble;
  const needsTls = sslQuorum === true || portUnification === true;
  const text = saslEnabled === true && jaas !== undefined ? await readFile(jaas.file, "utf8") : undefined;
  return {
    ...ensemble,
    tls: needsTls ? await readApacheQuorumTls(quorumTlsProperties) : undefined,
    saslUsers: text === undefined ? undefined : readSaslUsers(text, jaas!.quorumServer),
    saslUser: text === undefined || saslLearnerRequired !== true ? undefined : readSaslUser(text, jaas!.quorumLearner),
  };
}
