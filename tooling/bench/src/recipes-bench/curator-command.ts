import { compileJava } from "@conclave/curator";
import { type Curator, javaArgs, temporaryFolder, writeLogSettings } from "@conclave/services";
import type { ProcessCommand } from "../processes/message-process.ts";
import { JVM_ARGS } from "../server-bench/servers.ts";

/** Compiles the Java program that uses Curator, unless it is compiled already. Java runs with its default settings. */
export async function curatorCommand(curator: Curator): Promise<ProcessCommand> {
  const classes = await compileJava("bench", curator);
  const logSettings = await temporaryFolder("curator-bench");
  await writeLogSettings(logSettings);
  const classpath = [classes, ...curator.classpath];
  return { command: curator.java.command, args: javaArgs(classpath, logSettings, "bench.CuratorBench", JVM_ARGS) };
}
