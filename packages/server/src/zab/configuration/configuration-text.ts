import { ConfigurationError } from "./configuration-error.js";
import type { Hierarchy } from "./hierarchical-quorums.js";
import { type Member, memberText, parseMember } from "./member.js";

/** Content of the text of a configuration. */
export interface ConfigurationParts {
  /** Zxid of the transaction that made it; 0 for a configuration that was only read from a file. */
  readonly version: bigint;
  readonly members: readonly Member[];
  /** Groups and weights; undefined means that quorums are majorities. */
  readonly hierarchy?: Hierarchy | undefined;
}

/*
 * One `key=value` a line, in any order:
 *
 *   server.N=…       a member (member.ts)
 *   group.N=1:2:3    servers of a group
 *   weight.N=2       weight of a server, 1 by default
 *   version=<hex>
 *
 * Apache reads the text as a Java properties file. Of that format, blank lines, comments and spaces around keys and values
 * are accepted here; escapes and continued lines are not, because no configuration needs them.
 */
const LINE = /^([^=]*?)\s*=\s*(.*)$/;
const NUMBERED = /^(server|group|weight)\.([+-]?\d{1,19})$/;
const LARGEST = 0x7fff_ffff_ffff_ffffn;
const LARGEST_WEIGHT = 0x7fff_ffff;

interface Entry {
  readonly line: number;
  readonly text: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Reads the text of a configuration.
 *
 * @throws {ConfigurationError} The text is invalid; the message names the line.
 */
export function parseConfigurationText(text: string): ConfigurationParts {
  const members: Member[] = [];
  const groups = new Map<bigint, { readonly entry: Entry; readonly ids: readonly bigint[] }>();
  const weights = new Map<bigint, number>();
  let version = 0n;
  for (const entry of entriesOf(text)) {
    const [, kind, number = ""] = NUMBERED.exec(entry.key) ?? [];
    if (kind === "server") members.push(readMember(entry, number));
    else if (kind === "group") groups.set(readId(entry, number), { entry, ids: readGroup(entry) });
    else if (kind === "weight") weights.set(readId(entry, number), readWeight(entry));
    else if (entry.key === "version") version = readVersion(entry);
    else fail(entry, "this key is not known; remove the line, or write server.N, group.N, weight.N or version");
  }
  if (!members.some(({ role }) => role === "participant")) {
    throw new ConfigurationError(
      "the configuration has no participant; add a line server.N=host:port:port for each voter",
    );
  }
  if (groups.size === 0 && weights.size === 0) return { version, members };
  return { version, members, hierarchy: readHierarchy(members, groups, weights) };
}

function* entriesOf(text: string): Generator<Entry> {
  const lineOf = new Map<string, number>();
  for (const [index, raw] of text.split(/\r\n|\n|\r/).entries()) {
    const trimmed = raw.trim();
    if (trimmed === "" || trimmed.startsWith("#") || trimmed.startsWith("!")) continue;
    const [match, key = "", value = ""] = LINE.exec(trimmed) ?? [];
    const entry = { line: index + 1, text: trimmed, key, value };
    if (match === undefined) fail(entry, "it has no =; write key=value");
    const earlier = lineOf.get(key);
    if (earlier !== undefined) fail(entry, `line ${earlier} has the same key; remove one of the two`);
    lineOf.set(key, entry.line);
    yield entry;
  }
}

function readMember(entry: Entry, number: string): Member {
  const member = parseMember(readId(entry, number), entry.value);
  return typeof member === "string" ? fail(entry, member) : member;
}

function readId(entry: Entry, number: string): bigint {
  const id = BigInt(number);
  // The smallest value of a long is the vote of a server that has none.
  if (id > LARGEST || id < -LARGEST) fail(entry, `${number} has more than 64 bits; choose a smaller number`);
  return id;
}

function readGroup(entry: Entry): bigint[] {
  return entry.value.split(":").map((part) => {
    if (!/^[+-]?\d{1,19}$/.test(part))
      fail(entry, `"${part}" is not the id of a server; write ids separated by colons, as in 1:2:3`);
    return readId(entry, part);
  });
}

function readWeight(entry: Entry): number {
  const weight = /^\d{1,10}$/.test(entry.value) ? Number(entry.value) : Number.POSITIVE_INFINITY;
  if (weight > LARGEST_WEIGHT)
    fail(entry, `"${entry.value}" is not a weight; write a number from 0 to ${LARGEST_WEIGHT}`);
  return weight;
}

function readVersion(entry: Entry): bigint {
  const version = /^[0-9a-f]{1,16}$/i.test(entry.value) ? BigInt(`0x${entry.value}`) : -1n;
  if (version < 0n || version > LARGEST) fail(entry, `"${entry.value}" is not a version; write a hexadecimal zxid`);
  return version;
}

function readHierarchy(
  members: readonly Member[],
  groups: ReadonlyMap<bigint, { readonly entry: Entry; readonly ids: readonly bigint[] }>,
  given: ReadonlyMap<bigint, number>,
): Hierarchy {
  const voters = new Set(members.filter(({ role }) => role === "participant").map(({ id }) => id));
  const weights = new Map(given);
  for (const id of voters) if (!weights.has(id)) weights.set(id, 1);
  const groupOf = new Map<bigint, bigint>();
  for (const [group, { entry, ids }] of groups) {
    for (const id of ids) {
      const other = groupOf.get(id);
      if (other !== undefined) fail(entry, `server ${id} is in group ${other} already; name each server in one group`);
      if (!weights.has(id)) fail(entry, `server ${id} is not a participant; remove it, or add a line weight.${id}=…`);
      groupOf.set(id, group);
    }
  }
  for (const id of voters) {
    if (groupOf.has(id)) continue;
    throw new ConfigurationError(
      `server ${id} is in no group; add it to a line group.N=…, or remove all groups and weights`,
    );
  }
  return { groups: new Map([...groups].map(([group, { ids }]) => [group, ids])), weights };
}

function fail({ line, text }: Entry, problem: string): never {
  throw new ConfigurationError(`configuration, line ${line}, "${text}": ${problem}`, line);
}

/** Returns the text of a configuration exactly as Apache writes it, without a line feed at the end. */
export function configurationText({ version, members, hierarchy }: ConfigurationParts): string {
  const byId = new Map(members.map((member) => [member.id, member]));
  const lines = inJavaOrder(byId.keys()).map((id) => `server.${id}=${memberText(byId.get(id)!)}`);
  if (hierarchy !== undefined) {
    const { groups, weights } = hierarchy;
    for (const group of inJavaOrder(groups.keys())) {
      lines.push(`group.${group}=${orderedAmong([...groups.values()].flat(), groups.get(group)!).join(":")}`);
    }
    for (const id of inJavaOrder(weights.keys())) lines.push(`weight.${id}=${weights.get(id)}`);
  }
  return [...lines, `version=${version.toString(16)}`].join("\n");
}

/** Returns the ids of a group in the order in which Java visits the ids of all groups. */
function orderedAmong(all: readonly bigint[], ids: readonly bigint[]): bigint[] {
  const own = new Set(ids);
  return inJavaOrder(all).filter((id) => own.has(id));
}

/**
 * Sorts ids as an iteration over Java's `HashMap<Long, …>` visits them: by bucket of the smallest table that holds them. Ids of
 * one bucket are in ascending order, which in Apache depends on the order of insertion.
 */
function inJavaOrder(ids: Iterable<bigint>): bigint[] {
  const sorted = [...ids].sort((a, b) => (a < b ? -1 : 1));
  let buckets = 16;
  while (sorted.length > buckets * 0.75) buckets *= 2;
  const bucketOf = (id: bigint): number => {
    const hash = Number(BigInt.asIntN(32, id ^ (BigInt.asUintN(64, id) >> 32n)));
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return sorted.sort((a, b) => bucketOf(a) - bucketOf(b));
}
