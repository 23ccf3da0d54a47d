import { readdirSync, readFileSync } from "node:fs";

/**
 * How many files and sockets this process has open, and may have; `undefined` where the operating system does not tell
 * by `/proc`.
 */
export function fileDescriptors(): { readonly open: number; readonly max: number } | undefined {
  try {
    const max = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
    return max === undefined ? undefined : { open: readdirSync("/proc/self/fd").length, max: Number(max) };
  } catch {
    return undefined;
  }
}
