import type { Package, Repository } from "../repository.ts";
import type { Rule } from "../rule.ts";

/**
 * Invariant 1: of two folders under a package's src/, at most one imports from the other. Files at the root of src/ compose the
 * folders, and tests may import any of them.
 */
export const oneWayFolders: Rule = {
  name: "one-way-folders",
  *check(repository) {
    for (const each of repository.packages) {
      for (const [first, back] of twoWayPairs(repository, each)) {
        const message = `${first.from}/ and ${first.to}/ import from each other; the other direction is in ${back.path}:${back.line}`;
        const remedy = "move the shared code to one of them or below both, or pass it as a parameter";
        yield { path: first.path, line: first.line, message, remedy };
      }
    }
  },
  refuses: [
    { title: "two folders that import from each other", files: pair("connection", "session") },
    {
      title: "a way back that is a type, from a folder inside the folder",
      files: {
        "packages/client/src/session/peek.ts": 'export { open } from "../connection/open.js";\n',
        "packages/client/src/connection/open.ts": "export const open = 1;\n",
        "packages/client/src/connection/tls/peek.ts": 'export type { Id } from "../../session/id.js";\n',
        "packages/client/src/session/id.ts": "export type Id = bigint;\n",
      },
    },
  ],
  allows: [
    {
      title: "a way back in a test",
      files: {
        "packages/client/src/session/peek.ts": 'export { open } from "../connection/open.js";\n',
        "packages/client/src/connection/open.ts": "export const open = 1;\n",
        "packages/client/src/connection/open.test.ts": 'import "../session/peek.js";\n',
      },
    },
    {
      title: "a file at the root of src/ that folders import, and that imports them",
      files: {
        "packages/client/src/session/peek.ts": 'export { connect } from "../connect.js";\n',
        "packages/client/src/index.ts": 'export { connect } from "./session/peek.js";\n',
      },
    },
  ],
};

function pair(one: string, other: string): Record<string, string> {
  return {
    [`packages/client/src/${one}/a.ts`]: `export { b } from "../${other}/b.js";\n`,
    [`packages/client/src/${one}/c.ts`]: "export const c = 1;\n",
    [`packages/client/src/${other}/b.ts`]: "export const b = 1;\n",
    [`packages/client/src/${other}/d.ts`]: `export { c } from "../${one}/c.js";\n`,
  };
}

/** An import from one folder of a package to another one. */
interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly path: string;
  readonly line: number;
}

/** Returns one import of each direction, for each pair of folders that import from each other. */
function twoWayPairs(repository: Repository, { folder, sources }: Package): readonly (readonly [Arrow, Arrow])[] {
  const src = `${folder}/src/`;
  const folderOf = (path: string): string | undefined =>
    path.startsWith(src) ? /^([^/]+)\//.exec(path.slice(src.length))?.[1] : undefined;
  const arrows = new Map<string, Arrow>();
  for (const { path, role, imports } of sources) {
    const from = folderOf(path);
    if (role !== "source" || from === undefined) continue;
    for (const { specifier, line } of imports) {
      const target = specifier.startsWith(".") ? repository.resolve(path, specifier)?.path : undefined;
      const to = target === undefined ? undefined : folderOf(target);
      if (to === undefined || to === from || arrows.has(`${from} ${to}`)) continue;
      arrows.set(`${from} ${to}`, { from, to, path, line });
    }
  }
  return [...arrows.values()].flatMap((arrow) => {
    const back = arrows.get(`${arrow.to} ${arrow.from}`);
    return back !== undefined && arrow.from < arrow.to ? [[arrow, back] as const] : [];
  });
}
