import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { longSubjects } from "./subjects.ts";

const LONG = "x".repeat(73);
const RIGHT = "é".repeat(72);

let folder: string;
let base: string;
const git = (cwd: string, args: readonly string[], date = "2026-02-02T12:00:00Z"): string =>
  execFileSync("git", args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      ...{ GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b.c", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b.c" },
      ...{ GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date, GIT_CONFIG_GLOBAL: "/dev/null" },
    },
  }).trim();
const commit = (subject: string, date?: string): string => {
  git(folder, ["commit", "--allow-empty", "-m", subject, "-m", `A body.\n\n${LONG}`], date);
  return git(folder, ["rev-parse", "HEAD"]);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conclave-subjects-"));
  git(folder, ["init", "-q", "-b", "main"]);
  commit(`old ${LONG}`, "2026-01-01T12:00:00Z");
  base = commit("base", "2026-01-02T12:00:00Z");
  git(folder, ["switch", "-q", "-c", "side"]);
  commit("side");
  git(folder, ["switch", "-q", "main"]);
  commit(LONG);
  commit(RIGHT);
  git(folder, ["merge", "-q", "--no-ff", "-m", `Merge ${LONG}`, "side"]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("lists the commits after the base with a subject of more than 72 characters, except merges", () => {
  const found = longSubjects(folder, { commit: base, date: "2026-01-02T12:00:00Z" });
  expect(found.map(({ subject }) => subject)).toEqual([LONG]);
});

it("looks at the commits younger than the base where a shallow clone lacks it", async () => {
  const shallow = await mkdtemp(join(tmpdir(), "conclave-subjects-"));
  try {
    git(shallow, ["clone", "-q", "--depth", "2", `file://${folder}`, "."]);
    const found = longSubjects(shallow, { commit: base, date: "2026-01-02T12:00:00Z" });
    expect(found).toEqual([]);
    git(shallow, ["fetch", "-q", "--depth", "9"]);
    expect(longSubjects(shallow, { commit: "0".repeat(40), date: "2026-01-02T12:00:00Z" })).toHaveLength(1);
  } finally {
    await rm(shallow, { recursive: true, force: true });
  }
});
