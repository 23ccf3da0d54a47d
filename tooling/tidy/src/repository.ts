import { posix } from "node:path";
import { type Manifest, readManifest } from "./manifest.ts";
import { parseSourceFile, type SourceFile } from "./source-file.ts";
import type { Workspace } from "./workspace.ts";

/** One workspace package. */
export interface Package {
  /** `packages/client`. */
  readonly folder: string;
  readonly group: "packages" | "apps" | "tooling";
  /** The folder's own name: `client`. */
  readonly id: string;
  readonly manifest: Manifest;
  readonly sources: readonly SourceFile[];
}

/** The workspace, parsed once, for all rules. */
export interface Repository {
  readonly files: ReadonlyMap<string, string>;
  readonly packages: readonly Package[];
  readonly sources: readonly SourceFile[];
  /** Returns the workspace package with that name in its manifest. */
  packageNamed(name: string): Package | undefined;
  /** Returns the workspace file that a relative import refers to. */
  resolve(from: string, specifier: string): SourceFile | undefined;
}

/** Parses every package's manifest and code. */
export function readRepository({ files }: Workspace): Repository {
  const sources: SourceFile[] = [];
  const byPath = new Map<string, SourceFile>();
  for (const [path, text] of files) {
    const source = parseSourceFile(path, text);
    if (source === undefined) continue;
    sources.push(source);
    byPath.set(path, source);
  }
  const packages = readPackages(files, sources);
  const byName = new Map(packages.map((each) => [each.manifest.name, each]));
  return {
    files,
    packages,
    sources,
    packageNamed: (name) => byName.get(name),
    resolve: (from, specifier) => {
      const path = posix.join(posix.dirname(from), specifier);
      const candidates = [
        path,
        path.replace(/js$/, "ts"),
        path.replace(/js$/, "tsx"),
        `${path}.ts`,
        `${path}/index.ts`,
      ];
      const found = candidates.find((candidate) => byPath.has(candidate));
      return found === undefined ? undefined : byPath.get(found);
    },
  };
}

function readPackages(files: ReadonlyMap<string, string>, sources: readonly SourceFile[]): Package[] {
  const packages: Package[] = [];
  for (const [path, text] of files) {
    const match = /^((packages|apps|tooling)\/([^/]+))\/package\.json$/.exec(path);
    if (match === null) continue;
    const [, folder, group, id] = match as unknown as [string, string, Package["group"], string];
    const own = sources.filter((source) => source.folder === folder);
    packages.push({ folder, group, id, manifest: readManifest(folder, path, text), sources: own });
  }
  return packages;
}
