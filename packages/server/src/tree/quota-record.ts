/**
 * Limits or usage of a subtree, as the data of `zookeeper_limits` and `zookeeper_stats` holds it
 * (org.apache.zookeeper.StatsTrack): `count=5,bytes=100`, and of limits `=;byteHardLimit=9;countHardLimit=9` behind it,
 * whose "=" in front keeps parsers of before 3.7 from reading on. -1: no limit.
 */
export interface QuotaRecord {
  readonly count: number;
  readonly bytes: number;
  readonly countHardLimit: number;
  readonly byteHardLimit: number;
}

const NONE = -1;

/** What cannot be read counts as no limit. */
export function parseQuotaRecord(data: Uint8Array | null): QuotaRecord {
  const values = new Map<string, number>();
  for (const pair of new TextDecoder().decode(data ?? new Uint8Array(0)).split(/[,;]+/)) {
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
