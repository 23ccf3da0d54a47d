import { readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runCommand } from "../process/run-command.ts";

/** A Java runtime of this machine. */
export interface Java {
  /** The `java` executable. */
  readonly command: string;
  /** Version that it prints, such as `17.0.15`. */
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

/** Returns the Java at `command`; undefined if it does not run (on macOS `java` may only print that no Java is installed). */
export const probeJava = async (command: string): Promise<Java | undefined> => {
  const { code, output } = await runCommand(command, ["-version"]);
  return code === 0 ? { command, version: /version "([^"]+)"/.exec(output)?.[1] ?? "unknown" } : undefined;
};

/** Returns the first Java that runs: by `JAVA_HOME`, on `PATH`, in the usual places. */
export const findJava = async (): Promise<Java | undefined> => {
  for (const command of candidates()) {
    const java = await probeJava(command);
    if (java !== undefined) return java;
  }
  return undefined;
};

/** Returns the first Java that has a compiler. (Debian's JRE has one; most others do not.) */
export const findCompilingJava = async (): Promise<Java | undefined> => {
  for (const command of candidates()) {
    const { code } = await runCommand(command, ["--describe-module", "jdk.compiler"]);
    const java = code === 0 ? await probeJava(command) : undefined;
    if (java !== undefined) return java;
  }
  return undefined;
};
