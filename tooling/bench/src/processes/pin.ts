import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** The half of the machine's cores that a process may use, or both. */
export type Side = "server" | "client" | "both";

/**
 * Pins a process, with all its threads, to its half of the cores. Without pinning the system runs two processes that
 * communicate sometimes on one core and sometimes on two, and a round trip takes 12 µs or 65 µs: more than any difference
 * between clients. Returns false and does nothing on one core, or without taskset (Linux has it).
 */
export function pin(pid: number, side: Side): boolean {
  const cores = availableParallelism();
  if (process.platform !== "linux" || cores < 2) return false;
  const half = Math.floor(cores / 2);
  const list = `${side === "client" ? half : 0}-${side === "server" ? half - 1 : cores - 1}`;
  try {
    execFileSync("taskset", ["-a", "-c", "-p", list, String(pid)], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
