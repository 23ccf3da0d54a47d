import { readFileSync } from "node:fs";

/** A process that has ended but that its parent (often an idle process 1 of a container) has not taken note of yet. */
const isZombie = (pid: number): boolean => {
  if (process.platform !== "linux") return false;
  // The state follows the name, which stands in parentheses and may hold any character.
  return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
};

/** Whether the process runs. For tests. */
export const processIsAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch {
    return false;
  }
};
