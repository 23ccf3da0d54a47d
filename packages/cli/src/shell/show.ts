import { isUtf8 } from "node:buffer";
import type { Acl, Stat } from "@conclave/client";
import { shownLines } from "@conclave/runtime";
import { hex } from "../json-line.js";
import { quotedIfNeeded } from "../quoted.js";

/** Returns data as text with its control characters escaped, or a description with base64 where they are no UTF-8. */
export function shownData(data: Uint8Array | null): string {
  if (data === null) return "(no data)";
  const bytes = Buffer.from(data);
  if (isUtf8(bytes)) return shownLines(bytes.toString());
  return `(${bytes.length} bytes that are not UTF-8, in base64) ${bytes.toString("base64")}`;
}

/** Returns data for JSON: in base64, and their text where they are UTF-8. */
export function dataForJson(data: Uint8Array | null): { readonly data: string | null; readonly text?: string } {
  if (data === null) return { data };
  const bytes = Buffer.from(data);
  const base64 = bytes.toString("base64");
  return isUtf8(bytes) ? { data: base64, text: bytes.toString() } : { data: base64 };
}

/** Returns the lines of a Stat, with ZooKeeper's names. */
export function shownStat(stat: Stat): readonly string[] {
  const rows: readonly (readonly [string, string])[] = [
    ["czxid", hex(stat.czxid)],
    ["ctime", new Date(stat.ctime).toISOString()],
    ["mzxid", hex(stat.mzxid)],
    ["mtime", new Date(stat.mtime).toISOString()],
    ["pzxid", hex(stat.pzxid)],
    ["version", String(stat.version)],
    ["cversion", String(stat.cversion)],
    ["aversion", String(stat.aversion)],
    ["ephemeralOwner", hex(stat.ephemeralOwner)],
    ["dataLength", String(stat.dataLength)],
    ["numChildren", String(stat.numChildren)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)}  ${value}`);
}

const LETTERS = "rwcda";

/** Returns an entry of an ACL as `scheme:id:permissions`, the form that {@link parseAcl} reads. */
export function shownAcl({ id: { scheme, id }, permissions }: Acl): string {
  const letters = [..."cdrwa"].filter((letter) => (permissions & (1 << LETTERS.indexOf(letter))) !== 0);
  return quotedIfNeeded(`${scheme}:${id}:${letters.join("")}`);
}

/** Reads entries such as `world:anyone:cdrwa,digest:ann:hash=:r`. Returns a string with the problem of one. */
export function parseAcl(text: string): readonly Acl[] | string {
  const entries: Acl[] = [];
  for (const part of text.split(",")) {
    const match = /^(\w+):(.*):([cdrwa]+)$/s.exec(part);
    if (match === null) {
      return `"${part}" is no entry of an ACL: write <scheme>:<id>:<permissions>, such as world:anyone:cdrwa`;
    }
    const [, scheme = "", id = "", letters = ""] = match;
    const permissions = [...letters].reduce((all, letter) => all | (1 << LETTERS.indexOf(letter)), 0);
    entries.push({ id: { scheme, id }, permissions });
  }
  return entries;
}
