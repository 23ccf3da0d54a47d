import { readFileSync } from "node:fs";

/** Length of one tick of /proc/<pid>/stat: USER_HZ, which Linux shows as 100 on every machine that Node.js runs on. */
const TICK_US = 10_000;

/**
 * CPU time that a process has used, user and system, of all threads that it has or had, in microseconds, in steps of
 * 10 ms. Throws where there is no such process, or no Linux.
 */
export function cpuUs(pid: number): number {
  return cpuUsOfStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
}

/** Memory of a process that is in RAM, in bytes (VmRSS). Throws where there is no such process, or no Linux. */
export function residentBytes(pid: number): number {
  return residentBytesOfStatus(readFileSync(`/proc/${pid}/status`, "latin1"));
}

/** Of the text of /proc/<pid>/stat. The name, in parentheses, may hold anything: fields count from behind it. */
export function cpuUsOfStat(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Of the text of /proc/<pid>/status. */
export function residentBytesOfStatus(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
