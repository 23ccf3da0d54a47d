import { readFileSync } from "node:fs";

/** Length of a tick in /proc/<pid>/stat: USER_HZ, which is 100 on every Linux that Node.js supports. */
const TICK_US = 10_000;

/**
 * Returns the CPU time of a process, user and system, of all its present and past threads, in microseconds, in steps of 10
 * ms. Throws if there is no such process, or no Linux.
 */
export function cpuUs(pid: number): number {
  return cpuUsOfStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
}

/** Returns the resident memory of a process (VmRSS) in bytes. Throws if there is no such process, or no Linux. */
export function residentBytes(pid: number): number {
  return residentBytesOfStatus(readFileSync(`/proc/${pid}/status`, "latin1"));
}

/**
 * Returns the memory of a process in bytes, with its share of the pages that processes share, such as those of the same
 * program (Pss): the sum over processes is what the machine needs. Throws if there is no such process, or no Linux.
 */
export function proportionalBytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) * 1024;
}

/** Reads the text of /proc/<pid>/stat. The name in parentheses may contain any character: fields are counted from its end. */
export function cpuUsOfStat(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Reads the text of /proc/<pid>/status. */
export function residentBytesOfStatus(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
