import { readdirSync, readFileSync } from "node:fs";

/** Number of open files and sockets of this process, and its limit; `undefined` without `/proc`. */
export function fileDescriptors(): { readonly open: number; readonly max: number } | undefined {
  try {
    const max = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
    return max === undefined ? undefined : { open: readdirSync("/proc/self/fd").length, max: Number(max) };
  } catch {
    return undefined;
  }
}
