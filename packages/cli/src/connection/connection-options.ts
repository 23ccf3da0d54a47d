import { type Command, Option } from "commander";
import { wholeNumber } from "../command-options.js";
import type { ConnectionSettings } from "./connection-settings.js";

/** Values of the options in {@link addConnectionOptions}, by commander's names. */
export interface ConnectionFlags {
  readonly json: boolean;
  readonly auth?: string;
  readonly sasl?: string;
  readonly tls: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly connectTimeout: number;
  readonly readonly: boolean;
}

/** Description of the argument `<servers>`. */
export const SERVERS = "connect string: host:port, or several with commas, and a chroot: 127.0.0.1:2181/app";

const CONNECTION_OPTIONS: readonly (() => Option)[] = [
  () => new Option("--json", "print JSON, one object per line").default(false),
  () => new Option("--auth <user:password>", "authenticate by digest").env("CONCLAVE_AUTH"),
  () => new Option("--sasl <user:password>", "authenticate by SASL DIGEST-MD5").env("CONCLAVE_SASL"),
  () => new Option("--tls", "use TLS, with the authorities of Node.js").default(false),
  () => new Option("--ca <file>", "use TLS, and trust the authorities in this PEM file"),
  () => new Option("--cert <file>", "use TLS, with the client's certificate in this PEM file"),
  () => new Option("--key <file>", "private key of the certificate, a PEM file"),
  () =>
    new Option("--connect-timeout <ms>", "time in which a server has to answer")
      .argParser(wholeNumber(1, 3_600_000))
      .default(10_000),
  () => new Option("-r, --readonly", "read from a server without a quorum too, if no other one answers").default(false),
];

/** Adds the options of all commands that connect to servers. */
export function addConnectionOptions(command: Command): Command {
  for (const option of CONNECTION_OPTIONS) command.addOption(option());
  return command.exitOverride();
}

/** Returns the settings that the options describe. */
export function connectionSettings(servers: string, flags: ConnectionFlags): ConnectionSettings {
  const { auth, sasl, tls, ca, cert, key, connectTimeout: connectTimeoutMs, readonly: canBeReadOnly } = flags;
  return { servers, auth, sasl, tls, ca, cert, key, connectTimeoutMs, canBeReadOnly };
}
