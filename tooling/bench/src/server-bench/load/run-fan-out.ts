import { join } from "node:path";
import type { Java } from "@conclave/services";
import type { MessageProcess, ProcessCommand } from "../../processes/message-process.ts";
import type { FanOutJob, JobResult } from "./job.ts";
import { TARGET } from "./paths.ts";
import { CLOSE, getFrame, HANDSHAKE, setFrame } from "./request-frames.ts";

const PROGRAM = join(import.meta.dirname, "../../../java/Watchers.java");

/**
 * Returns the command of the load generator of fan-outs, which must use less CPU time than a server: reading an event from
 * each of 1,000 sockets costs Node.js as much as writing them, and costs Java half of that. `java` has a compiler.
 */
export function watchersCommand(java: Java): ProcessCommand {
  return { command: java.command, args: ["-Xmx64m", "-XX:+UseSerialGC", PROGRAM] };
}

/** Runs a fan-out on a `generator` that {@link watchersCommand} has started. */
export function runFanOut(job: FanOutJob, generator: MessageProcess): Promise<JobResult> {
  const { port, pid, watchers, times } = job;
  return generator.ask("fan-out", {
    ...{ port, pid, watchers, times },
    handshake: hex(HANDSHAKE),
    watch: hex(getFrame(TARGET, true)),
    set: hex(setFrame(TARGET)),
    close: hex(CLOSE),
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
