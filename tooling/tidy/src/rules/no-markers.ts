import { commentsOf } from "../comments.ts";
import type { Rule } from "../rule.ts";

const MARKER = new RegExp(`\\b(?:${["TO" + "DO", "FIX" + "ME", "X".repeat(3), "HA" + "CK"].join("|")})\\b`);

/** Code contains no notes about future work. */
export const noMarkers: Rule = {
  name: "no-markers",
  *check({ sources }) {
    for (const file of sources) {
      for (const { text, line } of commentsOf(file)) {
        const marker = MARKER.exec(text)?.[0];
        if (marker === undefined) continue;
        yield { path: file.path, line, message: `a comment contains ${marker}`, remedy: "do it, or open an issue" };
      }
    }
  },
  refuses: [
    { title: "work to come", files: { "packages/client/src/peek.ts": `export const a = 1; // ${"TO" + "DO"}: b\n` } },
    { title: "the same in a test", files: { "packages/client/src/connect.test.ts": `/* ${"FIX" + "ME"} */\n` } },
    {
      title: "in a doc comment",
      files: { "apps/demo/src/peek.ts": `/**\n * ${"HA" + "CK"}.\n */\nexport const a = 1;\n` },
    },
  ],
  allows: [
    {
      title: "the words as data",
      files: { "packages/client/src/peek.ts": `// hacking, todos\nexport const a = "// ${"TO" + "DO"}";\n` },
    },
  ],
};
