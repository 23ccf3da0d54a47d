import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Transcripts of the scenarios of a group, by their name. */
export interface Recording {
  /** Server and version, such as `Apache ZooKeeper 3.8.0`. */
  readonly server: string;
  readonly transcripts: ReadonlyMap<string, readonly string[]>;
}

const SCENARIO = "## ";
const TITLE = /^# Answers of (.+)$/m;

/** Returns the folder of the recordings of this package. */
export const recordingsFolder = (): string =>
  join(dirname(createRequire(import.meta.url).resolve("@conclave/verification/package.json")), "recordings");

const fileOf = (folder: string, group: string): string => join(folder, `${group}.txt`);

/** Writes the recording of one group to one file. */
export async function writeRecording(folder: string, group: string, { server, transcripts }: Recording): Promise<void> {
  const scenarios = [...transcripts].map(([name, lines]) => `${SCENARIO}${name}\n\n${lines.join("\n")}\n`);
  await mkdir(folder, { recursive: true });
  await writeFile(fileOf(folder, group), [`# Answers of ${server}\n`, ...scenarios].join("\n"));
}

/** Reads the file of {@link writeRecording}. */
export async function readRecording(folder: string, group: string): Promise<Recording> {
  const text = await readFile(fileOf(folder, group), "utf8");
  const [head, ...scenarios] = text.split(`\n${SCENARIO}`);
  const server = TITLE.exec(head!)?.[1] ?? "an unnamed server";
  return { server, transcripts: new Map(scenarios.map(readScenario)) };
}

function readScenario(text: string): [name: string, lines: readonly string[]] {
  const [name, ...lines] = text.split("\n").filter((line) => line !== "");
  return [name!, lines];
}
