import { OpCode } from "@conclave/protocol";
import type { TxnRecord } from "../../src/tree/txn.js";
import { zxidOf } from "../../src/tree/zxid.js";
import { EnsembleConfiguration } from "../../src/zab/configuration/ensemble-configuration.js";

/*
 * Events and effects of the machines in src/zab as lines of text: the type, then the values in the order of their
 * declaration. A zxid is epoch:counter, a configuration is v and its version in the same form.
 */

/** Reads `epoch:counter`, or `-1`. */
export function zxid(text: string): bigint {
  if (text === "-1") return -1n;
  const [epoch = 0, counter = 0] = text.split(":").map(Number);
  return zxidOf(epoch, counter);
}

export function zxidText(value: bigint): string {
  return value < 0n ? `${value}` : `${value >> 32n}:${value & 0xffff_ffffn}`;
}

/** Returns a configuration with these voters and observers, whose addresses depend on the ids alone. */
export function configuration(version: string, voters: readonly number[], observers: readonly number[] = []) {
  const line = (role: string) => (id: number) => `server.${id}=10.0.0.${id}:2888:3888:${role}`;
  const lines = [...voters.map(line("participant")), ...observers.map(line("observer"))];
  return EnsembleConfiguration.parse([...lines, `version=${zxid(version).toString(16)}`].join("\n"));
}

/** Returns a record; a reconfiguration if it has the text of a configuration. */
export function record(at: string, text?: string): TxnRecord {
  const header = { clientId: 1n, cxid: 1, zxid: zxid(at), time: 0, type: OpCode.setData as number };
  if (text === undefined) {
    return { header, txn: { type: OpCode.setData, path: "/a", data: null, version: 1 } };
  }
  const data = new TextEncoder().encode(text);
  const path = "/zookeeper/config";
  return { header: { ...header, type: OpCode.reconfig }, txn: { type: OpCode.reconfig, path, data, version: -1 } };
}

const ZXIDS = new Set(["zxid", "lastZxid", "after", "to", "configurationVersion"]);

/** Returns an event, effect or packet as text. */
export function shown(value: object): string {
  return Object.entries(value)
    .map(([key, each]) => shownValue(key, each))
    .join(" ");
}

function shownValue(key: string, value: unknown): string {
  if (value instanceof EnsembleConfiguration) return `v${zxidText(value.version)}`;
  if (typeof value === "bigint") return ZXIDS.has(key) ? zxidText(value) : `${key}=${value}`;
  if (Array.isArray(value)) return `to ${value.join(", ")}`;
  if (isRecord(value)) return `${value.txn.type === OpCode.reconfig ? "reconfig " : ""}${zxidText(value.header.zxid)}`;
  if (typeof value === "object" && value !== null) return shown(value);
  if (key === "type" || key === "reason" || key === "message" || key === "mode" || key === "role") return `${value}`;
  if (typeof value === "string" && value.includes("version=")) {
    return `v${zxidText(EnsembleConfiguration.parse(value).version)}`;
  }
  return `${key}=${value}`;
}

function isRecord(value: unknown): value is TxnRecord {
  return typeof value === "object" && value !== null && "header" in value;
}
