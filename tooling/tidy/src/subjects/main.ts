/* `pnpm subjects`: fails where a commit's subject is too long. Part of .ci/run. */
import { join } from "node:path";
import { type Base, longSubjects, SUBJECT_LIMIT } from "./subjects.ts";

const BASE: Base = { commit: "71aa099d2edfedeee37570357f66cfd42605b62f", date: "2026-11-23T20:10:53+00:00" };

const found = longSubjects(join(import.meta.dirname, "../../../.."), BASE);
for (const { commit, subject } of found) {
  console.error(
    `${commit} "${subject}" has ${[...subject].length} characters, at most ${SUBJECT_LIMIT}: git commit --amend`,
  );
}
process.exitCode = found.length === 0 ? 0 : 1;
