import { compileJava } from "@conclave/curator";
import { type Curator, javaArgs, temporaryFolder, writeLogSettings } from "@conclave/services";
import type { ProcessCommand } from "../message-process.ts";
import { JVM_ARGS } from "../server-bench/servers.ts";

/** Compiles what has Curator contend, where that was not done before. Java runs as it takes for the best by itself. */
export async function curatorCommand(curator: Curator): Promise<ProcessCommand> {
  const classes = await compileJava("bench", curator);
  const logSettings = await temporaryFolder("curator-bench");
  await writeLogSettings(logSettings);
  const classpath = [classes, ...curator.classpath];
  return { command: curator.java.command, args: javaArgs(classpath, logSettings, "bench.BenchContender", JVM_ARGS) };
}
