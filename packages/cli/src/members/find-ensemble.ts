import { parseConnectString, walk, type ZooKeeper } from "@conclave/client";
import { type ConnectionSettings, tlsOptions } from "../connection/connection-settings.js";
import { openClient } from "../connection/open-client.js";
import type { ReadingSettings } from "./read-ensemble.js";

/** Servers of a connect string, and the configuration of their ensemble if a server accepts a client. */
export interface FoundEnsemble extends Pick<ReadingSettings, "servers" | "tls" | "configuration"> {
  /** Reason why no server accepted a client; undefined if one did. */
  readonly noSession: string | undefined;
}

/** Largest znodes of a tree. */
export interface LargestZnodes {
  readonly znodes: number;
  readonly data: { readonly path: string; readonly bytes: number };
  readonly children: { readonly path: string; readonly count: number };
}

/**
 * Reads the configuration of an ensemble with a session that ends before the result. Calls `use` with its client. Resolves with
 * the reason as text for the user if the connect string or a file of the settings is invalid.
 */
export async function findEnsemble(
  settings: ConnectionSettings,
  signal: AbortSignal,
  use: (zk: ZooKeeper) => Promise<void> = async () => {},
): Promise<FoundEnsemble | string> {
  let servers: FoundEnsemble["servers"];
  let tls: FoundEnsemble["tls"];
  try {
    ({ servers } = parseConnectString(settings.servers));
    tls = await tlsOptions(settings);
  } catch (error) {
    return (error as Error).message;
  }
  const list = settings.servers.split("/")[0]!;
  const zk = await openClient({ ...settings, servers: list, canBeReadOnly: true }, signal);
  if (typeof zk === "string") return { servers, tls, configuration: undefined, noSession: zk };
  try {
    await use(zk);
    return { servers, tls, configuration: await readConfiguration(zk, signal), noSession: undefined };
  } finally {
    await zk.close();
  }
}

/** Reads the text of the configuration; `undefined` if it may not be read. Servers of ZooKeeper 3.4 have none. */
export async function readConfiguration(zk: ZooKeeper, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await zk.getConfig({ signal })).data?.toString("utf8");
  } catch {
    return undefined;
  }
}

/** Reads the whole tree, and finds its largest znodes. */
export async function largestZnodes(zk: ZooKeeper, signal: AbortSignal): Promise<LargestZnodes> {
  const largest = { znodes: 0, data: { path: "/", bytes: 0 }, children: { path: "/", count: 0 } };
  for await (const { path, stat } of walk(zk, "/", { signal })) {
    largest.znodes++;
    if (stat.dataLength > largest.data.bytes) largest.data = { path, bytes: stat.dataLength };
    if (stat.numChildren > largest.children.count) largest.children = { path, count: stat.numChildren };
  }
  return largest;
}
