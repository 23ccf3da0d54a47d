import { type Apache, findApache, type PrepareOptions, prepareApache } from "./apache.ts";
import { aptInstall } from "./apt.ts";
import type { Availability } from "./availability.ts";
import { findCuratorJars } from "./find-curator-jars.ts";
import { findCompilingJava, type Java } from "./find-java.ts";

/** What it takes to compile and run a Java program that uses Apache Curator. Plain data: it can be handed to another process. */
export interface Curator {
  /** Has the module `jdk.compiler`: `java -m jdk.compiler/com.sun.tools.javac.Main` is its `javac`. */
  readonly java: Java;
  /** Curator's recipes and x-discovery, ZooKeeper's client, and a logging backend. */
  readonly classpath: readonly string[];
  /** Such as `5.4.0`; `unknown` when no file name tells. */
  readonly version: string;
  /** Where Curator was found, for people. */
  readonly home: string;
}

const jarPackages = ["libcurator-recipes-java", "libcurator-discovery-java"];
const compilerPackage = "default-jdk-headless";

const whereToPutIt = (): string => {
  const home = process.env.CURATOR_HOME;
  return home
    ? ` in CURATOR_HOME (${home} has no curator-recipes-*.jar)`
    : " (set CURATOR_HOME to a folder of its jars and those that it needs)";
};

const lookFor = async (apache: Availability<Apache>): Promise<Availability<Curator>> => {
  if (!apache.available) return apache;
  const [jars, java] = [findCuratorJars(), await findCompilingJava()];
  if (jars !== undefined && java !== undefined) {
    // ZooKeeper's jars come first: the manifests of Debian's Curator name Debian's ZooKeeper.
    return { ...jars, available: true, java, classpath: [...apache.zookeeper.classpath, ...jars.classpath] };
  }
  const missing = [
    ...(jars === undefined ? [`Apache Curator${whereToPutIt()}`] : []),
    ...(java === undefined ? ["Java that compiles (set JAVA_HOME to a JDK)"] : []),
  ];
  return { available: false, reason: `found no ${missing.join(" and no ")}` };
};

/** Looks for Apache Curator, ZooKeeper's client and a Java that compiles on this machine. Installs nothing. */
export const findCurator = async (): Promise<Availability<Curator>> => lookFor(await findApache());

/**
 * Finds Apache Curator, or gets it with apt on Debian and Ubuntu as root; ZooKeeper is got as {@link prepareApache} gets it.
 * Takes seconds to minutes the first time, and less than a second when all is there. Never rejects.
 */
export const prepareCurator = async (options: PrepareOptions = {}): Promise<Availability<Curator>> => {
  const apache = await prepareApache(options);
  const found = await lookFor(apache);
  // Whoever names a place wants that one, not another that we would install.
  if (found.available || !apache.available || process.env.CURATOR_HOME) return found;
  const packages = [
    ...(findCuratorJars() === undefined ? jarPackages : []),
    ...((await findCompilingJava()) === undefined ? [compilerPackage] : []),
  ];
  const installed = await aptInstall(packages, options.progress);
  if (!installed.available) return { available: false, reason: `${found.reason}; ${installed.reason}` };
  const now = await lookFor(apache);
  return now.available ? now : { available: false, reason: `after apt-get install, ${now.reason}` };
};
