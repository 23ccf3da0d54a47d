import { readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runCommand } from "./run-command.ts";

export interface Java {
  /** The `java` executable. */
  readonly command: string;
  /** As it calls itself, such as `17.0.15`. */
  readonly version: string;
}

const children = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
};

const candidates = (): ReadonlySet<string> => {
  const { JAVA_HOME, PATH = "" } = process.env;
  return new Set([
    ...(JAVA_HOME === undefined ? [] : [join(JAVA_HOME, "bin/java")]),
    ...PATH.split(delimiter).map((folder) => join(folder, "java")),
    ...["/usr/lib/jvm", "/Library/Java/JavaVirtualMachines"].flatMap(children).map((home) => join(home, "bin/java")),
    "/opt/homebrew/opt/openjdk/bin/java",
    "/usr/local/opt/openjdk/bin/java",
  ]);
};

/** The version of the Java at `command`, or `undefined`: macOS has a `java` that only says that there is none. */
export const probeJava = async (command: string): Promise<Java | undefined> => {
  const { code, output } = await runCommand(command, ["-version"]);
  return code === 0 ? { command, version: /version "([^"]+)"/.exec(output)?.[1] ?? "unknown" } : undefined;
};

/** The first Java that runs: `JAVA_HOME`, then `PATH`, then the usual places. */
export const findJava = async (): Promise<Java | undefined> => {
  for (const command of candidates()) {
    const java = await probeJava(command);
    if (java !== undefined) return java;
  }
  return undefined;
};

/** The first Java that compiles, too. (Debian's JRE does; most others are without the module.) */
export const findCompilingJava = async (): Promise<Java | undefined> => {
  for (const command of candidates()) {
    const { code } = await runCommand(command, ["--describe-module", "jdk.compiler"]);
    const java = code === 0 ? await probeJava(command) : undefined;
    if (java !== undefined) return java;
  }
  return undefined;
};
