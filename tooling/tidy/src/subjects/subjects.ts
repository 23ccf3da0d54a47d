import { execFileSync } from "node:child_process";

/** The limit of a commit's subject, in characters: `git log --oneline` shows it on one line. */
export const SUBJECT_LIMIT = 72;

/** The last commit that may have any subject. */
export interface Base {
  readonly commit: string;
  /** Commit time in ISO 8601: a shallow clone without that commit checks all younger commits. */
  readonly date: string;
}

/** A commit with a subject that is too long. */
export interface LongSubject {
  readonly commit: string;
  readonly subject: string;
}

/**
 * Lists the commits of `HEAD` after `base` that have too long a subject, merges aside; newest first. Throws where `folder` is no
 * git repository.
 */
export function longSubjects(folder: string, base: Base): readonly LongSubject[] {
  const range = hasCommit(folder, base.commit) ? [`${base.commit}..HEAD`] : ["HEAD", `--since=${base.date}`];
  return (
    git(folder, "log", "--no-merges", "--format=%h%x09%s", ...range)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const tab = line.indexOf("\t");
        return { commit: line.slice(0, tab), subject: line.slice(tab + 1) };
      })
      // In a shallow clone the oldest commit has no parents, so a merge is recognized by its subject.
      .filter(({ subject }) => [...subject].length > SUBJECT_LIMIT && !subject.startsWith("Merge "))
  );
}

function hasCommit(folder: string, commit: string): boolean {
  try {
    git(folder, "cat-file", "-e", `${commit}^{commit}`);
    return true;
  } catch {
    return false;
  }
}

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync("git", args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 1 << 26,
    stdio: ["ignore", "pipe", "pipe"],
  });
}
