import { allowanceOf, RATCHET } from "../ratchet.ts";
import type { Rule } from "../rule.ts";

const FOLDER =
  /^packages\/([^/]+)\/src\/(?:[^/]+\/)*?(?:[^/]+-(?:fixture|stage)|(?:fixture|stage)s?|scripted-[^/]+)(?=\/)/;

/** Support for tests is in a folder next to a product's `src`, which contains only code that users run. */
export const noTestSupport: Rule = {
  name: "no-test-support",
  *check(repository) {
    const listed = allowanceOf<readonly string[]>(repository, "support") ?? [];
    const found = new Map<string, string>();
    for (const path of repository.files.keys()) {
      const [folder, id] = FOLDER.exec(path) ?? [];
      if (folder !== undefined && id !== "testing" && !found.has(folder)) found.set(folder, path);
    }
    for (const [folder, path] of found) {
      if (listed.includes(folder)) continue;
      const remedy = "move the folder out of src/, or to tooling/verification";
      yield { path, line: 1, message: `${folder} is test support among the sources of a product`, remedy };
    }
    for (const folder of listed.filter((each) => !found.has(each))) {
      yield { path: RATCHET, line: 1, message: `${folder} does not exist`, remedy: "remove its line" };
    }
  },
  refuses: [
    { title: "a fixture", files: support("packages/client/src/crash-fixture") },
    { title: "a fixture inside a folder", files: support("packages/client/src/session/stage") },
    { title: "a scripted server", files: support("packages/client/src/scripted-server") },
    {
      title: "a listed folder that does not exist",
      files: { [RATCHET]: JSON.stringify({ support: ["packages/client/src/crash-fixture"] }) },
    },
  ],
  allows: [
    {
      title: "a listed folder",
      files: {
        ...support("packages/client/src/crash-fixture"),
        [RATCHET]: JSON.stringify({ support: ["packages/client/src/crash-fixture"] }),
      },
    },
    { title: "a fixture next to the sources", files: support("packages/client/fixture") },
    { title: "a test kit", files: support("packages/testing/src/contract-stage") },
    { title: "a fixture of an app", files: support("apps/demo/src/database-fixture") },
  ],
};

function support(folder: string): Record<string, string> {
  return { [`${folder}/peek.ts`]: "export const peek = 1;\n" };
}
