import { readFileSync } from "node:fs";

/** Returns true for a process that has ended but was not reaped by its parent (often process 1 of a container). */
const isZombie = (pid: number): boolean => {
  if (process.platform !== "linux") return false;
  // The state follows the name, which is in parentheses and may contain any character.
  return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
};

/** Returns true if the process runs. For tests. */
export const processIsAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
};
