import type { Rule } from "../rule.ts";

const DUMP = /^(?:.*-)?(?:utils?|helpers?)$|^(?:commons?|types?|misc|shared|lib|stuff)$/;

/** Files and folders are named after one thing; a name such as `utils` has no limit. */
export const noDumpingGrounds: Rule = {
  name: "no-dumping-grounds",
  *check({ files }) {
    for (const path of files.keys()) {
      const inside = /^(?:packages|apps|tooling)\/[^/]+\/(?:src|bin|test|tests)\/(.*)$/.exec(path)?.[1];
      const wrong = inside?.split("/").find((part) => DUMP.test(part.replace(/\..*$/, "")));
      if (wrong === undefined) continue;
      yield {
        path,
        line: 1,
        message: `the name "${wrong}" fits any content`,
        remedy: "name it after its one subject",
      };
    }
  },
  refuses: [
    { title: "utils", files: { "packages/client/src/utils.ts": "export const peek = 1;\n" } },
    { title: "helpers with a prefix", files: { "apps/demo/src/path-helpers.ts": "export const peek = 1;\n" } },
    { title: "types", files: { "packages/client/src/session/types.ts": "export type Peek = 1;\n" } },
    { title: "a shared folder", files: { "tooling/bench/src/shared/peek.ts": "export const peek = 1;\n" } },
  ],
  allows: [
    {
      title: "a name that only contains one",
      files: { "packages/client/src/shared-lock.ts": "export const peek = 1;\n" },
    },
  ],
};
