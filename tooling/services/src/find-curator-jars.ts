import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface CuratorJars {
  /** Apache Curator's recipes and x-discovery with what they need, but for ZooKeeper. */
  readonly classpath: readonly string[];
  /** Such as `5.4.0`; `unknown` when no file name tells. */
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
    .map((name) => /^curator-recipes-(\d+\.\d+\.\d+[\w.-]*)\.jar$/.exec(name)?.[1])
    .find((version) => version !== undefined);

/** A folder of jars, as Maven's `dependency:copy-dependencies` fills it. */
export const curatorJarsInHome = (home: string): CuratorJars | undefined => {
  const files = names(home).filter((name) => name.endsWith(".jar"));
  const version = versionIn(files);
  // Which ZooKeeper it talks through is decided elsewhere.
  const wanted = files.filter((name) => !name.startsWith("zookeeper"));
  return version === undefined ? undefined : { classpath: wanted.map((name) => join(home, name)), version, home };
};

/** Debian's and Ubuntu's packages: the manifests of the two jars name all that they need. */
const debianJars = (): CuratorJars | undefined => {
  const home = "/usr/share/java";
  const classpath = ["curator-recipes.jar", "curator-x-discovery.jar"].map((name) => join(home, name));
  return classpath.every((file) => existsSync(file))
    ? { classpath, version: versionIn(names(home)) ?? "unknown", home }
    : undefined;
};

/** `CURATOR_HOME` when it is set (and then nothing else), otherwise Debian's packages. */
export const findCuratorJars = (): CuratorJars | undefined => {
  const home = process.env.CURATOR_HOME;
  return home ? curatorJarsInHome(home) : debianJars();
};
