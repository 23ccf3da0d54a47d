import type { Rule } from "../rule.ts";

/** Invariant 2: the protocol imports nothing but its own files. */
export const pureProtocol: Rule = {
  name: "pure-protocol",
  *check({ sources }) {
    for (const file of sources) {
      if (!file.path.startsWith("packages/protocol/src/") || file.role !== "source") continue;
      for (const { specifier, line } of file.imports) {
        if (specifier.startsWith(".")) continue;
        const remedy = "write it on plain JavaScript, or take it as a parameter";
        yield { path: file.path, line, message: `the protocol imports "${specifier}"`, remedy };
      }
    }
  },
  refuses: [
    {
      title: "a builtin, for its type only",
      files: { "packages/protocol/src/peek.ts": 'import type { Socket } from "node:net";\nexport type S = Socket;\n' },
    },
    { title: "a builtin by its bare name", files: { "packages/protocol/src/peek.ts": 'import "buffer";\n' } },
  ],
  allows: [
    { title: "tests on other packages", files: { "packages/protocol/src/frame.test.ts": 'import "fast-check";\n' } },
  ],
};
