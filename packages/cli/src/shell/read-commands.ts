import { isZkError, type PersistentWatchEvent, walk } from "@conclave/client";
import { quotedIfNeeded } from "../quoted.js";
import type { ShellCall, ShellCommand } from "./shell-call.js";
import { ShellError } from "./shell-error.js";
import { dataForJson, shownData, shownStat } from "./show.js";

const childOf = (path: string, name: string): string => (path === "/" ? `/${name}` : `${path}/${name}`);

async function list(call: ShellCall): Promise<void> {
  const { zk, signal } = call;
  const path = call.path(0);
  if (call.has("recursive")) {
    for await (const { path: each, stat } of walk(zk, path, { signal })) {
      await call.print({ path: each, stat }, quotedIfNeeded(each));
    }
    return;
  }
  const names = (await zk.getChildren(path, { signal })).sort();
  if (!call.has("long")) {
    for (const name of names) await call.print({ path: childOf(path, name) }, quotedIfNeeded(name));
    return;
  }
  const stats = await Promise.all(names.map((name) => zk.exists(childOf(path, name), { signal })));
  for (const [index, name] of names.entries()) {
    const stat = stats[index];
    // Deleted since the list was read.
    if (stat === null || stat === undefined) continue;
    const kind = stat.ephemeralOwner === 0n ? "" : "  ephemeral";
    const line = `${quotedIfNeeded(name)}  ${stat.dataLength} bytes  ${stat.numChildren} children  version ${stat.version}${kind}`;
    await call.print({ path: childOf(path, name), stat }, line);
  }
}

async function get(call: ShellCall): Promise<void> {
  const path = call.path(0);
  const { data, stat } = await call.zk.getData(path, { signal: call.signal });
  if (call.has("raw") && !call.output.asJson) return call.output.raw(data ?? new Uint8Array());
  await call.print({ path, ...dataForJson(data), stat }, shownData(data), ...(call.has("stat") ? shownStat(stat) : []));
}

async function showStat(call: ShellCall): Promise<void> {
  const path = call.path(0);
  const stat = await call.zk.exists(path, { signal: call.signal });
  if (stat === null) throw new ShellError(`${quotedIfNeeded(path)} does not exist`);
  await call.print({ path, stat }, ...shownStat(stat));
}

async function watch(call: ShellCall): Promise<void> {
  const path = call.path(0);
  const count = call.number("events") ?? Number.POSITIVE_INFINITY;
  let seen = 0;
  try {
    for await (const event of call.zk.watch(path, { recursive: call.has("recursive"), signal: call.signal })) {
      const time = new Date().toISOString();
      await call.print({ time, ...event }, `${time} ${describe(event)}`);
      await call.output.flush();
      if (event.type !== "gap" && ++seen >= count) return;
    }
  } catch (error) {
    // Ctrl-C is the usual end.
    if (!isZkError(error, "ABORTED")) throw error;
  }
}

function describe(event: PersistentWatchEvent): string {
  const path = quotedIfNeeded(event.path);
  if (event.type !== "gap") return `${event.type} ${path}`;
  return event.reason === "started" ? `watching ${path}` : `${event.reason}: changes of ${path} may be missing here`;
}

async function find(call: ShellCall): Promise<void> {
  const [path, pattern] = [call.path(0), call.text(1)!];
  const matches = call.has("regex") ? regexOf(pattern) : { test: (name: string) => name.includes(pattern) };
  for await (const { path: each, stat } of walk(call.zk, path, { signal: call.signal })) {
    const name = each.slice(each.lastIndexOf("/") + 1);
    if (each !== "/" && matches.test(name)) await call.print({ path: each, stat }, quotedIfNeeded(each));
  }
}

function regexOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new ShellError(`find: ${(error as Error).message}`);
  }
}

/** Sums data and znodes of each child, and of all. */
async function diskUsage(call: ShellCall): Promise<void> {
  const path = call.path(0);
  const total = { bytes: 0, znodes: 0 };
  const parts = new Map<string, { bytes: number; znodes: number }>();
  const prefix = path === "/" ? path : `${path}/`;
  for await (const { path: each, stat } of walk(call.zk, path, { signal: call.signal })) {
    const sums = [total];
    if (each !== path) {
      const child = `${prefix}${each.slice(prefix.length).split("/")[0]}`;
      const part = parts.get(child) ?? { bytes: 0, znodes: 0 };
      parts.set(child, part);
      sums.push(part);
    }
    for (const sum of sums) {
      sum.bytes += stat.dataLength;
      sum.znodes++;
    }
  }
  const largestFirst = [...parts].sort(([, a], [, b]) => b.bytes - a.bytes);
  for (const [each, sum] of [...largestFirst, [path, total] as const]) {
    await call.print({ path: each, ...sum }, `${sum.bytes} bytes  ${sum.znodes} znodes  ${quotedIfNeeded(each)}`);
  }
}

/** Commands that change nothing. */
export const READ_COMMANDS: readonly ShellCommand[] = [
  {
    name: "ls",
    usage: "[-R] [-l] [path]",
    summary: "list the children of a znode; -R: all paths at and below it; -l: with sizes and versions",
    options: { recursive: { type: "boolean", short: "R" }, long: { type: "boolean", short: "l" } },
    counts: [0, 1],
    run: list,
  },
  {
    name: "get",
    usage: "[-s] [--raw] <path>",
    summary: "print the data of a znode; -s: its Stat too; --raw: the bytes as they are",
    options: { stat: { type: "boolean", short: "s" }, raw: { type: "boolean" } },
    counts: [1, 1],
    run: get,
  },
  {
    name: "stat",
    usage: "<path>",
    summary: "print the Stat of a znode: zxids, times, versions",
    counts: [1, 1],
    run: showStat,
  },
  {
    name: "watch",
    usage: "[-R] [--events <number>] <path>",
    summary: "print changes of a znode until Ctrl-C, or as many as --events; -R: of all znodes below it too",
    options: { recursive: { type: "boolean", short: "R" }, events: { type: "string" } },
    counts: [1, 1],
    run: watch,
  },
  {
    name: "find",
    usage: "[--regex] <path> <text>",
    summary:
      "print the paths below a znode of which the last name contains the text, or matches the regular expression",
    options: { regex: { type: "boolean" } },
    counts: [2, 2],
    run: find,
  },
  {
    name: "du",
    usage: "[path]",
    summary: "print bytes of data and number of znodes: of each child with all below it, then in total",
    counts: [0, 1],
    run: diskUsage,
  },
];
