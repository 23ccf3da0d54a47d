import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileNames, jarVersion } from "../install/jar-files.ts";

/** Jars of Apache ZooKeeper. */
export interface ZooKeeperJars {
  /** Jars of server and command line client with their dependencies, logging included. */
  readonly classpath: readonly string[];
  /** Version, such as `3.8.0`; `unknown` if no file name contains it. */
  readonly version: string;
  /** Folder of the jars, for messages. */
  readonly home: string;
}

/** Returns the jars of an unpacked Apache release, which are in its `lib/`. */
export const jarsInHome = (home: string): ZooKeeperJars | undefined => {
  const files = fileNames(join(home, "lib")).filter((name) => name.endsWith(".jar"));
  const version = jarVersion("zookeeper", files);
  // With JLine the command line client adds prompts and echoes to its output, even without a terminal.
  const wanted = files.filter((name) => !name.startsWith("jline"));
  return version === undefined
    ? undefined
    : { classpath: wanted.map((name) => join(home, "lib", name)), version, home };
};

/** Returns the jars of Debian's and Ubuntu's `libzookeeper-java`, whose manifest lacks a logging backend, and a part of Netty for TLS. */
const debianJars = (): ZooKeeperJars | undefined => {
  const home = "/usr/share/java";
  const jar = join(home, "zookeeper.jar");
  if (!existsSync(jar)) return undefined;
  const missing = ["slf4j-log4j12.jar", "log4j-1.2.jar", "netty-codec.jar"]
    .map((name) => join(home, name))
    .filter((file) => existsSync(file));
  return { classpath: [jar, ...missing], version: jarVersion("zookeeper", fileNames(home)) ?? "unknown", home };
};

const commonHomes = (): readonly string[] => [
  ...["/opt", "/usr/local"].flatMap((folder) =>
    fileNames(folder)
      .filter((name) => /^(apache-)?zookeeper/.test(name))
      .map((name) => join(folder, name)),
  ),
  "/usr/share/zookeeper",
  "/usr/lib/zookeeper",
  "/opt/homebrew/opt/zookeeper/libexec",
  "/usr/local/opt/zookeeper/libexec",
];

/** Finds jars in `ZOOKEEPER_HOME` if it is set, otherwise those of Debian's package, otherwise those in the usual places. */
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
