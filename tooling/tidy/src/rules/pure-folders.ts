import type { Rule } from "../rule.ts";
import { readSpecifier } from "../specifier.ts";

const SERVER = "packages/server/src/";
/**
 * The folders of the server that each pure folder may import. A type holds no effect, so the interface of a shell may be in the
 * folder of the shell; only `tree` imports no others, types included.
 */
const MAY_SEE: ReadonlyMap<string, readonly string[]> = new Map([
  ["tree", ["tree"]],
  ["sessions", ["sessions", "tree"]],
  ["zab", ["zab", "sessions", "tree"]],
  ["pipeline", ["pipeline", "sessions", "tree", "zab"]],
]);

/** Invariant 3: a pure folder of the server does not reach an impure one by way of an import. */
export const pureFolders: Rule = {
  name: "pure-folders",
  *check(repository) {
    for (const file of repository.sources) {
      const folder = folderOf(file.path);
      const allowed = MAY_SEE.get(folder);
      if (allowed === undefined || file.role !== "source") continue;
      for (const { specifier, line, typeOnly } of file.imports) {
        if (typeOnly && folder !== "tree") continue;
        const target = readSpecifier(specifier);
        const reached = target.kind === "relative" ? repository.resolve(file.path, specifier)?.path : undefined;
        const isOutside = reached?.startsWith(SERVER) === true && !allowed.includes(folderOf(reached));
        const isForeign = target.kind === "package" && repository.packageNamed(target.name) === undefined;
        if (!isOutside && !isForeign) continue;
        const remedy = "declare the interface that it needs here, and let server.ts pass it in";
        yield { path: file.path, line, message: `${folder}/ imports ${reached ?? specifier}`, remedy };
      }
    }
  },
  refuses: [
    {
      title: "a tree that knows the disk",
      files: {
        "packages/server/src/tree/peek.ts": 'export { log } from "../storage/log.js";\n',
        "packages/server/src/storage/log.ts": "export const log = 1;\n",
      },
    },
    {
      title: "a tree that knows its sessions",
      files: {
        "packages/server/src/tree/peek.ts": 'export type { Id } from "../sessions/id.js";\n',
        "packages/server/src/sessions/id.ts": "export type Id = bigint;\n",
      },
    },
    {
      title: "a pipeline that imports the composition",
      files: { "packages/server/src/pipeline/peek.ts": 'export { serve } from "../serve.js";\n' },
    },
    {
      title: "a tree that imports a third-party package",
      files: {
        "packages/server/src/tree/peek.ts": 'import "left-pad";\n',
        "packages/server/package.json": JSON.stringify({
          name: "@conclave/server",
          exports: { ".": "./src/index.ts" },
          dependencies: { "left-pad": "*" },
        }),
      },
    },
  ],
  allows: [
    {
      title: "a pipeline that is given a log",
      files: {
        "packages/server/src/pipeline/peek.ts": 'export type { Log } from "../storage/log.js";\n',
        "packages/server/src/storage/log.ts": "export interface Log { flush(): void }\n",
      },
    },
    {
      title: "a pipeline on the tree and the protocol",
      files: {
        "packages/server/src/pipeline/peek.ts":
          'import "@conclave/protocol";\nexport { stat } from "../tree/stat.js";\n',
        "packages/server/src/tree/stat.ts": "export const stat = 1;\n",
      },
    },
  ],
};

function folderOf(path: string): string {
  return path.startsWith(SERVER) ? (/^([^/]+)\//.exec(path.slice(SERVER.length))?.[1] ?? "") : "";
}
