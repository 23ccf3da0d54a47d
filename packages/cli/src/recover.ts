import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { shownText } from "@conclave/runtime";
import { inspectLog, recoverEnsemble, StorageError } from "@conclave/server";
import { ExitCode } from "./exit-code.js";
import { hex } from "./json-line.js";
import type { Output } from "./output.js";

export interface RecoverSettings {
  readonly dataDir: string;
  readonly name: string;
  readonly id: number;
  /** False prints the consequences and changes nothing. */
  readonly yes: boolean;
}

export interface RecoverContext {
  readonly output: Output;
  /** Prints an error for the user. */
  complain(text: string): void;
}

/**
 * Makes a replica the only voter of its ensemble, and prints which data may be lost and which directories must be removed. Resolves
 * with the exit code: `MISUSED` without `yes`.
 */
export async function recover(settings: RecoverSettings, { output, complain }: RecoverContext): Promise<number> {
  const { dataDir, name, id, yes } = settings;
  try {
    if (!yes) {
      for (const line of consequences(settings, hex(await lastZxid(dataDir)))) await output.line(shownText(line));
      await output.flush();
      complain("nothing has been changed; add --yes to do this");
      return ExitCode.MISUSED;
    }
    const { lastZxid: last, formerVoters, configuration } = await recoverEnsemble({ dataDir, name, id });
    const others = formerVoters.filter((each) => each !== id);
    await output.line(shownText(`replica ${id} of "${name}" is the only voter; its last transaction is ${last}`));
    for (const line of configuration.trim().split("\n")) await output.line(shownText(`  ${line}`));
    await output.line(
      others.length === 0
        ? "there were no other voters"
        : `before they start again, remove the data directories of the former voters: ${others.join(", ")}`,
    );
    await output.line("start this replica first; the others join it as observers, and promote(id) makes each a voter");
    await output.flush();
    return ExitCode.OK;
  } catch (error) {
    const isExpected = error instanceof StorageError || (error as NodeJS.ErrnoException).code !== undefined;
    if (!isExpected) throw error;
    complain(`cannot recover: ${(error as Error).message}`);
    return ExitCode.FAILED;
  }
}

function consequences({ dataDir, name, id }: RecoverSettings, last: string): readonly string[] {
  return [
    `Replica ${id} of the ensemble "${name}" would become its only voter, with the data in ${dataDir}.`,
    `Its last transaction is ${last}. Later transactions, which only the other voters have, would be lost although`,
    "clients may have seen that they were committed. Run this command on each directory that is left, and recover the one",
    "with the greatest last transaction.",
    "Before you go on:",
    "  1. Stop every replica. As long as more than half of the voters can start with their directories, start them instead.",
    `  2. Remove the data directory of every other replica of "${name}", also on machines that cannot be reached now: with their`,
    "     former directories they would be a second ensemble.",
    "  3. Run this command with --yes, start this replica, then the others, and make them voters with promote(id).",
  ];
}

const FILE_OF_DATA = /^(log|snapshot)\.([0-9a-f]+)(?:\.gz)?$/;

/** Returns the zxid of the last transaction in a data directory, and changes no file. Throws Node.js's error without data. */
async function lastZxid(dataDir: string): Promise<bigint> {
  const folder = join(dataDir, "version-2");
  const files = (await readdir(folder)).flatMap((file) => {
    const [, kind, zxid] = FILE_OF_DATA.exec(file) ?? [];
    return zxid === undefined ? [] : [{ file, kind, zxid: BigInt(`0x${zxid}`) }];
  });
  files.sort((a, b) => (a.zxid < b.zxid ? -1 : 1));
  let last = files.findLast(({ kind }) => kind === "snapshot")?.zxid ?? 0n;
  const log = files.findLast(({ kind }) => kind === "log");
  if (log === undefined) return last;
  for await (const finding of inspectLog(join(folder, log.file))) {
    if (!("transactions" in finding)) continue;
    for (const { header } of finding.transactions) if (header.zxid > last) last = header.zxid;
  }
  return last;
}
