import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface ZooKeeperJars {
  /** Everything that server and command line client need, logging included. */
  readonly classpath: readonly string[];
  /** Such as `3.8.0`; `unknown` when no file name tells. */
  readonly version: string;
  /** Where they were found, for people. */
  readonly home: string;
}

const names = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
};

const versionIn = (files: readonly string[]): string | undefined =>
  files
    .map((name) => /^zookeeper-(\d+\.\d+\.\d+[\w.-]*)\.jar$/.exec(name)?.[1])
    .find((version) => version !== undefined);

/** An unpacked release of the Apache project: `lib/` holds all its jars. */
export const jarsInHome = (home: string): ZooKeeperJars | undefined => {
  const files = names(join(home, "lib")).filter((name) => name.endsWith(".jar"));
  const version = versionIn(files);
  // With JLine the command line client mixes prompts and echoes into what it prints, even when nobody types.
  const wanted = files.filter((name) => !name.startsWith("jline"));
  return version === undefined
    ? undefined
    : { classpath: wanted.map((name) => join(home, "lib", name)), version, home };
};

/** Debian's and Ubuntu's `libzookeeper-java`: the manifest of the jar names all its dependencies but a logging backend. */
const debianJars = (): ZooKeeperJars | undefined => {
  const home = "/usr/share/java";
  const jar = join(home, "zookeeper.jar");
  if (!existsSync(jar)) return undefined;
  const logging = ["slf4j-log4j12.jar", "log4j-1.2.jar"]
    .map((name) => join(home, name))
    .filter((file) => existsSync(file));
  return { classpath: [jar, ...logging], version: versionIn(names(home)) ?? "unknown", home };
};

const commonHomes = (): readonly string[] => [
  ...["/opt", "/usr/local"].flatMap((folder) =>
    names(folder)
      .filter((name) => /^(apache-)?zookeeper/.test(name))
      .map((name) => join(folder, name)),
  ),
  "/usr/share/zookeeper",
  "/usr/lib/zookeeper",
  "/opt/homebrew/opt/zookeeper/libexec",
  "/usr/local/opt/zookeeper/libexec",
];

/** `ZOOKEEPER_HOME` when it is set (and then nothing else), otherwise Debian's package, otherwise the usual places. */
export const findZooKeeperJars = (): ZooKeeperJars | undefined => {
  const home = process.env.ZOOKEEPER_HOME;
  if (home) return jarsInHome(home);
  return (
    debianJars() ??
    commonHomes()
      .map(jarsInHome)
      .find((found) => found !== undefined)
  );
};
