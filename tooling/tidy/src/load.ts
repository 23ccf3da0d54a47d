import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Workspace } from "./workspace.ts";

const BINARY = Symbol("not text");

/**
 * Reads the files under `root` that git tracks, or would track. A file with a zero byte is not text: only its path is
 * returned.
 */
export function loadWorkspace(root: string): Workspace {
  const listed = execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const files = new Map<string, string>();
  const binaries = new Set<string>();
  for (const path of listed
    .split("\0")
    .filter((each) => each !== "")
    .sort()) {
    const text = readText(join(root, path));
    if (text === BINARY) binaries.add(path);
    else if (text !== undefined) files.set(path, text);
  }
  return { files, binaries };
}

/** Returns undefined for a link to a folder, and for a deleted file that is still tracked. */
function readText(path: string): string | typeof BINARY | undefined {
  try {
    const bytes = readFileSync(path);
    return bytes.includes(0) ? BINARY : bytes.toString("utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "EISDIR") return undefined;
    throw error;
  }
}
