import type { Rule } from "../rule.ts";

const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;

/** Files and folders of code are named in kebab-case. */
export const fileNames: Rule = {
  name: "file-names",
  *check({ sources }) {
    for (const { path, folder } of sources) {
      const wrong = path
        .slice(folder.length + 1)
        .split("/")
        .find((part) => !KEBAB.test(part));
      if (wrong === undefined) continue;
      const remedy = "name it after its main export, in kebab-case";
      yield { path, line: 1, message: `"${wrong}" is not kebab-case`, remedy };
    }
  },
  refuses: [
    { title: "a camel", files: { "packages/client/src/peekMe.ts": "export const peek = 1;\n" } },
    { title: "a snake", files: { "apps/demo/src/peek_me.ts": "export const peek = 1;\n" } },
    { title: "a folder", files: { "tooling/bench/src/Peek/me.ts": "export const peek = 1;\n" } },
  ],
  allows: [
    { title: "dots and digits", files: { "packages/client/src/get-64-bit.apache.ts": "export const peek = 1;\n" } },
  ],
};
