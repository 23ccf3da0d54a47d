import { readdirSync } from "node:fs";
import { join } from "node:path";
import { aptInstall } from "../install/apt.ts";
import type { Availability, PrepareOptions } from "../install/availability.ts";
import { dockerEngine, foldersFromImage } from "../install/docker.ts";
import { findJava, type Java, probeJava } from "../install/find-java.ts";
import { findZooKeeperJars, jarsInHome, type ZooKeeperJars } from "./find-zookeeper-jars.ts";

/** Programs that run Apache ZooKeeper on this machine. Plain data, so that another process can receive it. */
export interface Apache {
  readonly java: Java;
  readonly zookeeper: ZooKeeperJars;
}

const dockerImage = "zookeeper:3.9";
const debianPackages = ["libzookeeper-java", "default-jre-headless"];

const searched = (): string => {
  const home = process.env.ZOOKEEPER_HOME;
  return home
    ? ` in ZOOKEEPER_HOME (${home} has no lib/zookeeper-*.jar)`
    : " (set ZOOKEEPER_HOME to an unpacked release)";
};

/** Finds Apache ZooKeeper and a Java runtime on this machine. Installs nothing. */
export const findApache = async (): Promise<Availability<Apache>> => {
  const zookeeper = findZooKeeperJars();
  const java = await findJava();
  if (java !== undefined && zookeeper !== undefined) return { available: true, java, zookeeper };
  const missing = [
    ...(zookeeper === undefined ? [`Apache ZooKeeper${searched()}`] : []),
    ...(java === undefined ? ["Java runtime (set JAVA_HOME)"] : []),
  ];
  return { available: false, reason: `found no ${missing.join(" and no ")}` };
};

const apacheFromDocker = async (progress: PrepareOptions["progress"]): Promise<Availability<Apache>> => {
  const engine = await dockerEngine();
  if (!engine.available) return engine;
  // The Java of the image runs on Linux only.
  const folders = (home: string) => (process.platform === "linux" ? [home, "/opt/java/openjdk"] : [home]);
  progress?.(`copying Apache ZooKeeper from the Docker image ${dockerImage}`);
  const copied = await foldersFromImage(dockerImage, folders);
  if (!copied.available) return copied;
  const homes = readdirSync(copied.folder).map((name) => join(copied.folder, name));
  const zookeeper = homes.map(jarsInHome).find((found) => found !== undefined);
  const java = (await findJava()) ?? (await probeJava(join(copied.folder, "openjdk/bin/java")));
  if (zookeeper === undefined)
    return { available: false, reason: `the image ${dockerImage} holds no ZooKeeper release` };
  if (java === undefined) return { available: false, reason: "no Java runtime on this machine (set JAVA_HOME)" };
  return { available: true, java, zookeeper };
};

/**
 * Finds Apache ZooKeeper, or installs it: with apt on Debian and Ubuntu as root, otherwise by copying it from its Docker image.
 * The first call on a machine takes seconds to minutes. Never rejects.
 */
export const prepareApache = async (options: PrepareOptions = {}): Promise<Availability<Apache>> => {
  const found = await findApache();
  if (found.available) return found;
  // A user who sets ZOOKEEPER_HOME wants that release and no other.
  if (process.env.ZOOKEEPER_HOME) return found;
  const reasons = [found.reason];
  const installed = await aptInstall(debianPackages, options.progress);
  if (installed.available) {
    const now = await findApache();
    if (now.available) return now;
    reasons.push(`after apt-get install, ${now.reason}`);
  } else {
    reasons.push(installed.reason);
  }
  const fromDocker = await apacheFromDocker(options.progress);
  if (fromDocker.available) return fromDocker;
  return { available: false, reason: [...reasons, fromDocker.reason].join("; ") };
};

let prepared: Promise<Availability<Apache>> | undefined;

/** Calls {@link prepareApache} once in this process, and returns its result. */
export const apacheOnce = (): Promise<Availability<Apache>> => {
  prepared ??= prepareApache();
  return prepared;
};
