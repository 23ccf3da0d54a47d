/*
 * Answers to four-letter words and to commands of the AdminServer, in the layouts of ZooKeeper, which Conclave's servers have too.
 */

/** Answer to `srvr`. */
export interface ServerSummary {
  readonly version: string;
  /** `leader`, `follower`, `observer`, `standalone` or `read-only`. */
  readonly mode: string;
  readonly zxid: bigint;
  readonly latency: { readonly min: number; readonly average: number; readonly max: number };
  readonly outstanding: number;
  readonly connections: number;
  readonly received: number;
  readonly znodes: number;
}

/** Metrics by their names in `mntr`, without `zk_`. */
export type Metrics = ReadonlyMap<string, string>;

/** Client connection of a session, in the answer to `cons`. */
export interface ClientConnection {
  /** `host:port` of the client. */
  readonly remote: string;
  /** Undefined for a connection without a session, such as that of the question itself. */
  readonly sessionId: bigint | undefined;
  readonly timeoutMs: number | undefined;
  readonly establishedAt: number | undefined;
  readonly averageLatencyMs: number | undefined;
  readonly maxLatencyMs: number | undefined;
  readonly queued: number;
}

/** Reads the answer to `srvr` or `stat`; `undefined` for another text. */
export function parseSummary(text: string): ServerSummary | undefined {
  const values = valuesOf(text, /^([\w /]+): (.*)$/);
  const [mode, zxid] = [values.get("Mode"), values.get("Zxid")];
  if (mode === undefined || zxid === undefined || !/^0x[0-9a-f]+$/i.test(zxid)) return undefined;
  const [min = 0, average = 0, max = 0] = (values.get("Latency min/avg/max") ?? "").split("/").map(Number);
  const number = (name: string): number => Number(values.get(name) ?? 0);
  return {
    ...{ mode, zxid: BigInt(zxid), latency: { min, average, max } },
    // Such as "3.9.4-7246…, built on 2025-08-19 19:53 UTC".
    version: (values.get("Zookeeper version") ?? "unknown").split(/[,-]/)[0]!,
    ...{ outstanding: number("Outstanding"), connections: number("Connections") },
    ...{ received: number("Received"), znodes: number("Node count") },
  };
}

/** Reads the answer to `mntr`. */
export function parseMetrics(text: string): Metrics {
  return valuesOf(text, /^zk_([^\t]+)\t(.*)$/);
}

/** Reads the answer to `conf`: its settings, and the text of the configuration of the ensemble. */
export function parseSettings(text: string): {
  readonly settings: ReadonlyMap<string, string>;
  readonly membership: string | undefined;
} {
  const [before = "", membership] = text.split(/^membership: *\n/m);
  return { settings: valuesOf(before, /^([\w.]+)=(.*)$/), membership: membership?.trim() };
}

/** Reads the answer to `cons`. */
export function parseConnections(text: string): readonly ClientConnection[] {
  return text.split("\n").flatMap((line) => {
    const match = /^ \/?(.+?)\[[0-9a-f]*\]\((.*)\)$/.exec(line);
    if (match === null) return [];
    const [, remote = "", list = ""] = match;
    const fields = new Map(list.split(",").map((field) => field.split("=", 2) as [string, string]));
    const number = (name: string): number | undefined => {
      const value = Number(fields.get(name) ?? Number.NaN);
      return Number.isNaN(value) ? undefined : value;
    };
    const sid = fields.get("sid") ?? "";
    return {
      ...{ remote, sessionId: /^0x[0-9a-f]+$/.test(sid) ? signed(BigInt(sid)) : undefined },
      ...{ timeoutMs: number("to"), establishedAt: number("est"), queued: number("queued") ?? 0 },
      ...{ averageLatencyMs: number("avglat"), maxLatencyMs: number("maxlat") },
    };
  });
}

/** Session ids are signed 64-bit numbers to the client. */
const signed = (id: bigint): bigint => BigInt.asIntN(64, id);

function valuesOf(text: string, line: RegExp): Map<string, string> {
  const values = new Map<string, string>();
  for (const each of text.split("\n")) {
    const match = line.exec(each.trimEnd());
    if (match !== null) values.set(match[1]!, match[2]!);
  }
  return values;
}
