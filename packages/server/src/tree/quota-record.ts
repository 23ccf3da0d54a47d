/**
 * Limits or usage of a subtree, in the data of `zookeeper_limits` and `zookeeper_stats`
 * (org.apache.zookeeper.StatsTrack): `count=5,bytes=100`; for limits followed by `=;byteHardLimit=9;countHardLimit=9`.
 * The leading "=" stops parsers before 3.7. -1 means no limit.
 */
export interface QuotaRecord {
  readonly count: number;
  readonly bytes: number;
  readonly countHardLimit: number;
  readonly byteHardLimit: number;
}

const NONE = -1;

/** Parses a record; unreadable values count as no limit. */
export function parseQuotaRecord(data: Uint8Array | null): QuotaRecord {
  const values = new Map<string, number>();
  for (const pair of new TextDecoder().decode(data ?? new Uint8Array(0)).split(/[,;]/)) {
    const [name, value = ""] = pair.split("=");
    if (/^-?\d+$/.test(value)) values.set(name!, Number(value));
  }
  const limit = (name: string): number => values.get(name) ?? NONE;
  return {
    count: limit("count"),
    bytes: limit("bytes"),
    countHardLimit: limit("countHardLimit"),
    byteHardLimit: limit("byteHardLimit"),
  };
}

export function formatQuotaRecord({ count, bytes, countHardLimit, byteHardLimit }: QuotaRecord): Uint8Array {
  const hard = [
    ...(byteHardLimit === NONE ? [] : [`;byteHardLimit=${byteHardLimit}`]),
    ...(countHardLimit === NONE ? [] : [`;countHardLimit=${countHardLimit}`]),
  ];
  const separator = hard.length > 0 ? "=" : "";
  return new TextEncoder().encode(`count=${count},bytes=${bytes}${separator}${hard.join("")}`);
}
