import { posix } from "node:path";
import type { Rule } from "../rule.ts";

/** A test is in the folder of the source that it tests. */
export const testsBesideSources: Rule = {
  name: "tests-beside-sources",
  *check({ sources }) {
    const folders = new Set(sources.filter(({ role }) => role === "source").map(({ path }) => posix.dirname(path)));
    for (const { path, role } of sources) {
      const parent = posix.dirname(path);
      if (role !== "test" || (folders.has(parent) && !/\/(?:tests?|__tests__|specs?)\//.test(path))) continue;
      yield {
        path,
        line: 1,
        message: "a test in a folder without its source",
        remedy: "move it to the folder of the source that it tests",
      };
    }
  },
  refuses: [
    { title: "a folder of tests", files: { "packages/client/test/connect.test.ts": "export const a = 1;\n" } },
    { title: "a folder without sources", files: { "apps/demo/src/end/demo.test.ts": "export const a = 1;\n" } },
    {
      title: "a folder of tests that has sources",
      files: {
        "packages/client/src/test/connect.test.ts": "export const a = 1;\n",
        "packages/client/src/test/peek.ts": "export const a = 1;\n",
      },
    },
  ],
  allows: [
    {
      title: "a test in the folder of its source",
      files: { "packages/client/src/connect.apache.test.ts": "export const a = 1;\n" },
    },
  ],
};
