import { parseArgs } from "node:util";

/** Settings of one process of the cluster. */
export interface InstanceSettings {
  /** Connect string of the shared ensemble; `undefined`: start an embedded one, for this process alone. */
  readonly servers: string | undefined;
  /** 0 takes a free one. */
  readonly port: number;
  /** Name of the process; `undefined`: host name, port and a random part. */
  readonly name: string | undefined;
  readonly sessionTimeoutMs: number;
}

/** Settings of a whole cluster: several processes, the first one on `port`, the others on free ports. */
export interface ClusterSettings extends Omit<InstanceSettings, "name"> {
  readonly instances: number;
}

/** Reads `--servers`, `--port`, `--instances`, `CONCLAVE_SERVERS`, `PORT`, `SESSION_TIMEOUT_MS`; throws on a wrong value. */
export function readClusterSettings(args: readonly string[], env: NodeJS.ProcessEnv): ClusterSettings {
  const values = optionsOf(args, ["servers", "port", "instances"]);
  return {
    ...common(values, env),
    instances: whole("--instances", values.instances ?? "4", 1, 20),
  };
}

/** Reads `--servers`, `--port`, `--name`, `CONCLAVE_SERVERS`, `PORT`, `INSTANCE`, `SESSION_TIMEOUT_MS`. */
export function readInstanceSettings(args: readonly string[], env: NodeJS.ProcessEnv): InstanceSettings {
  const values = optionsOf(args, ["servers", "port", "name"]);
  return { ...common(values, env), name: values.name ?? (env.INSTANCE || undefined) };
}

function optionsOf<Name extends string>(args: readonly string[], names: readonly Name[]) {
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  try {
    return parseArgs({ args: [...args], options }).values as { [name in Name]?: string };
  } catch (cause) {
    const known = names.map((name) => `--${name}`).join(", ");
    throw new TypeError(`${(cause as Error).message}. Options: ${known}, each with a value`, { cause });
  }
}

function common(values: { servers?: string; port?: string }, env: NodeJS.ProcessEnv) {
  return {
    servers: values.servers ?? (env.CONCLAVE_SERVERS || undefined),
    port: whole("--port", values.port ?? (env.PORT || "3000"), 0, 65_535),
    sessionTimeoutMs: whole("SESSION_TIMEOUT_MS", env.SESSION_TIMEOUT_MS || "4000", 1_000, 3_600_000),
  };
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
}
