import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Workspace } from "./workspace.ts";

/** Reads what git tracks, and what it would track, under `root`. Files with a zero byte are not text and stay out. */
export function loadWorkspace(root: string): Workspace {
  const listed = execFileSync("git", ["ls-files", "-coz", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const files = new Map<string, string>();
  for (const path of listed
    .split("\0")
    .filter((each) => each !== "")
    .sort()) {
    const text = readText(join(root, path));
    if (text !== undefined) files.set(path, text);
  }
  return { files };
}

/** Undefined for a binary file, a link to a folder, and one that was deleted but is still tracked. */
function readText(path: string): string | undefined {
  try {
    const bytes = readFileSync(path);
    return bytes.includes(0) ? undefined : bytes.toString("utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "EISDIR") return undefined;
    throw error;
  }
}
