import { readFile } from "node:fs/promises";
import { type Acl, CreateMode, deleteRecursive, makePath, parentPath } from "@conclave/client";
import { quotedIfNeeded } from "../quoted.js";
import type { ShellCall, ShellCommand } from "./shell-call.js";
import { ShellError } from "./shell-error.js";
import { parseAcl, shownAcl } from "./show.js";

/** Returns the data of the arguments: text, the content of a file, or none. */
async function dataOf(call: ShellCall, text: string | undefined): Promise<Uint8Array | string | null> {
  const file = call.value("file");
  if (file === undefined) return text ?? null;
  if (text !== undefined) throw new ShellError("the data are given twice, as an argument and by --file: leave one out");
  return readFile(file);
}

async function setData(call: ShellCall): Promise<void> {
  const [path, version] = [call.path(0), call.number("version")];
  const data = await dataOf(call, call.text(1));
  if (data === null && !call.has("null"))
    throw new ShellError("set: no data: pass text, --file <file>, or --null for none");
  const stat = await call.zk.setData(path, data, { version, signal: call.signal });
  await call.print({ path, stat }, `version ${stat.version}`);
}

async function create(call: ShellCall): Promise<void> {
  const { zk, signal } = call;
  const path = createdPath(call);
  const [ttlMs, mode, text] = [call.number("ttl"), modeOf(call), call.value("acl")];
  const acl = text === undefined ? undefined : checkedAcl(text);
  const data = await dataOf(call, call.text(1));
  const parent = parentPath(path);
  if (call.has("parents") && parent !== "" && parent !== "/") await makePath(zk, parent, { signal });
  const { path: created, stat } = await zk.create2(path, data, { mode, ttlMs, acl, signal });
  await call.print({ path: created, stat }, quotedIfNeeded(created));
}

/** A `/` at the end counts here: the number of a sequential znode follows it. */
function createdPath(call: ShellCall): string {
  const text = call.text(0)!;
  return call.has("sequential") && text.startsWith("/") ? text : call.path(0);
}

function modeOf(call: ShellCall): CreateMode {
  const [sequential, ephemeral, container] = [call.has("sequential"), call.has("ephemeral"), call.has("container")];
  const hasTtl = call.value("ttl") !== undefined;
  if ([ephemeral, container, hasTtl].filter(Boolean).length > 1 || (container && sequential)) {
    throw new ShellError(
      "create: a znode is either --ephemeral, --container or one with --ttl; a container has no --sequential",
    );
  }
  if (ephemeral && !call.output.isInteractive) {
    throw new ShellError(
      "create: an ephemeral znode would end with this command: run the shell without a command, and create it there",
    );
  }
  if (container) return CreateMode.CONTAINER;
  if (hasTtl) return sequential ? CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL : CreateMode.PERSISTENT_WITH_TTL;
  if (ephemeral) return sequential ? CreateMode.EPHEMERAL_SEQUENTIAL : CreateMode.EPHEMERAL;
  return sequential ? CreateMode.PERSISTENT_SEQUENTIAL : CreateMode.PERSISTENT;
}

async function deleteOne(call: ShellCall): Promise<void> {
  const path = call.path(0);
  await call.zk.delete(path, { version: call.number("version"), signal: call.signal });
  await call.print({ deleted: path }, `deleted ${quotedIfNeeded(path)}`);
}

async function deleteAll(call: ShellCall): Promise<void> {
  const path = call.path(0);
  if (path === "/") throw new ShellError("deleteall: / cannot be deleted: name the znodes below it");
  const { zk, signal } = call;
  if ((await zk.exists(path, { signal })) === null) throw new ShellError(`${quotedIfNeeded(path)} does not exist`);
  await deleteRecursive(zk, path, { signal });
  await call.print({ deleted: path, recursive: true }, `deleted ${quotedIfNeeded(path)} and all znodes below it`);
}

async function accessList(call: ShellCall): Promise<void> {
  const { zk, signal } = call;
  const [path, text] = [call.path(0), call.text(1)];
  if (text !== undefined) await zk.setACL(path, checkedAcl(text), { signal });
  const { acl, stat } = await zk.getACL(path, { signal });
  await call.print({ path, acl, aversion: stat.aversion }, ...acl.map(shownAcl));
}

function checkedAcl(text: string): readonly Acl[] {
  const acl = parseAcl(text);
  if (typeof acl === "string") throw new ShellError(acl);
  return acl;
}

/** Commands that change the tree. */
export const WRITE_COMMANDS: readonly ShellCommand[] = [
  {
    name: "set",
    usage: "[--version <number>] <path> <data> | --file <file> | --null",
    summary: "change the data of a znode; --version: only if it has this version",
    options: { version: { type: "string" }, file: { type: "string" }, null: { type: "boolean" } },
    counts: [1, 2],
    run: setData,
  },
  {
    name: "create",
    usage: "[-p] [-e] [-s] [-c] [--ttl <ms>] [--acl <entries>] <path> [data] | --file <file>",
    summary:
      "create a znode; -p: and its parents, without data and ACL; -e: ephemeral; -s: sequential; -c: a container; --ttl: removed when unchanged for this long",
    options: {
      parents: { type: "boolean", short: "p" },
      ephemeral: { type: "boolean", short: "e" },
      sequential: { type: "boolean", short: "s" },
      container: { type: "boolean", short: "c" },
      ttl: { type: "string" },
      acl: { type: "string" },
      file: { type: "string" },
    },
    counts: [1, 2],
    run: create,
  },
  {
    name: "delete",
    usage: "[--version <number>] <path>",
    summary: "delete a znode without children; --version: only if it has this version",
    options: { version: { type: "string" } },
    counts: [1, 1],
    run: deleteOne,
  },
  {
    name: "deleteall",
    usage: "<path>",
    summary: "delete a znode and all znodes below it",
    counts: [1, 1],
    run: deleteAll,
  },
  {
    name: "acl",
    usage: "<path> [entries]",
    summary:
      "print the access control list of a znode; with entries such as world:anyone:r,digest:ann:<hash>:rw: replace it first",
    counts: [1, 2],
    run: accessList,
  },
];
