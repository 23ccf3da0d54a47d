import { type Apache, findApache, prepareApache } from "../apache/apache.ts";
import { aptInstall } from "../install/apt.ts";
import type { Availability, PrepareOptions } from "../install/availability.ts";
import { findCompilingJava, type Java } from "../install/find-java.ts";
import { findCuratorJars } from "./find-curator-jars.ts";

/** Programs that compile and run Java with Apache Curator. Plain data, so that another process can receive it. */
export interface Curator {
  /** A Java with the module `jdk.compiler`: `java -m jdk.compiler/com.sun.tools.javac.Main` compiles. */
  readonly java: Java;
  /** Curator's recipes and x-discovery, ZooKeeper's client, and a logging backend. */
  readonly classpath: readonly string[];
  /** Version, such as `5.4.0`; `unknown` if no file name contains it. */
  readonly version: string;
  /** Folder of Curator, for messages. */
  readonly home: string;
}

const jarPackages = ["libcurator-recipes-java", "libcurator-discovery-java"];
const compilerPackage = "default-jdk-headless";

const searched = (): string => {
  const home = process.env.CURATOR_HOME;
  return home
    ? ` in CURATOR_HOME (${home} has no curator-recipes-*.jar)`
    : " (set CURATOR_HOME to a folder of its jars and those that it needs)";
};

const findWith = async (apache: Availability<Apache>): Promise<Availability<Curator>> => {
  if (!apache.available) return apache;
  const [jars, java] = [findCuratorJars(), await findCompilingJava()];
  if (jars !== undefined && java !== undefined) {
    // ZooKeeper's jars come first: the manifests of Debian's Curator name Debian's ZooKeeper.
    return { ...jars, available: true, java, classpath: [...apache.zookeeper.classpath, ...jars.classpath] };
  }
  const missing = [
    ...(jars === undefined ? [`Apache Curator${searched()}`] : []),
    ...(java === undefined ? ["Java that compiles (set JAVA_HOME to a JDK)"] : []),
  ];
  return { available: false, reason: `found no ${missing.join(" and no ")}` };
};

/** Finds Apache Curator, ZooKeeper's client and a Java that compiles on this machine. Installs nothing. */
export const findCurator = async (): Promise<Availability<Curator>> => findWith(await findApache());

/**
 * Finds Apache Curator, or installs it with apt on Debian and Ubuntu as root; {@link prepareApache} provides ZooKeeper.
 * The first call on a machine takes seconds to minutes. Never rejects.
 */
export const prepareCurator = async (options: PrepareOptions = {}): Promise<Availability<Curator>> => {
  const apache = await prepareApache(options);
  const found = await findWith(apache);
  // A user who sets CURATOR_HOME wants that Curator and no other.
  if (found.available || !apache.available || process.env.CURATOR_HOME) return found;
  const packages = [
    ...(findCuratorJars() === undefined ? jarPackages : []),
    ...((await findCompilingJava()) === undefined ? [compilerPackage] : []),
  ];
  const installed = await aptInstall(packages, options.progress);
  if (!installed.available) return { available: false, reason: `${found.reason}; ${installed.reason}` };
  const now = await findWith(apache);
  return now.available ? now : { available: false, reason: `after apt-get install, ${now.reason}` };
};
