import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileNames, jarVersion } from "../install/jar-files.ts";

/** Jars of Apache Curator. */
export interface CuratorJars {
  /** Curator's recipes and x-discovery with their dependencies, except for ZooKeeper. */
  readonly classpath: readonly string[];
  /** Version, such as `5.4.0`; `unknown` if no file name contains it. */
  readonly version: string;
  /** Folder of the jars, for messages. */
  readonly home: string;
}

/** Returns the jars in a folder that Maven's `dependency:copy-dependencies` has filled. */
export const curatorJarsInHome = (home: string): CuratorJars | undefined => {
  const files = fileNames(home).filter((name) => name.endsWith(".jar"));
  const version = jarVersion("curator-recipes", files);
  // The caller adds the jars of the ZooKeeper that was found.
  const wanted = files.filter((name) => !name.startsWith("zookeeper"));
  return version === undefined ? undefined : { classpath: wanted.map((name) => join(home, name)), version, home };
};

/** Returns the jars of Debian's and Ubuntu's packages, whose manifests list their dependencies. */
const debianJars = (): CuratorJars | undefined => {
  const home = "/usr/share/java";
  const classpath = ["curator-recipes.jar", "curator-x-discovery.jar"].map((name) => join(home, name));
  return classpath.every((file) => existsSync(file))
    ? { classpath, version: jarVersion("curator-recipes", fileNames(home)) ?? "unknown", home }
    : undefined;
};

/** Finds jars in `CURATOR_HOME` if it is set, otherwise those of Debian's packages. */
export const findCuratorJars = (): CuratorJars | undefined => {
  const home = process.env.CURATOR_HOME;
  return home ? curatorJarsInHome(home) : debianJars();
};
