/** The part of a package.json that rules use. */
export interface Manifest {
  readonly path: string;
  readonly text: string;
  readonly name: string;
  readonly private: boolean;
  /** Packages in a user's installation: dependencies, peers, optional ones, and those bundled in the package's own code. */
  readonly shipped: readonly string[];
  readonly development: readonly string[];
  /** Its public entries (`.`, `./sub`) and the source file of each, where it names one. */
  readonly entries: ReadonlyMap<string, string | undefined>;
}

/** Reads a package.json, `folder` being its folder. */
export function readManifest(folder: string, path: string, text: string): Manifest {
  const json = parse(path, text);
  const keys = (field: string): string[] => Object.keys((json[field] as Record<string, string> | undefined) ?? {});
  return {
    path,
    text,
    name: String(json.name),
    private: json.private === true,
    shipped: [
      ...keys("dependencies"),
      ...keys("peerDependencies"),
      ...keys("optionalDependencies"),
      ...((json.bundled as string[] | undefined) ?? []),
    ],
    development: keys("devDependencies"),
    entries: readEntries(folder, json.exports),
  };
}

function parse(path: string, text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause });
  }
}

/** Returns the line of the key `name` in a manifest, from 1. */
export function lineOfKey(manifest: Manifest, name: string): number {
  const index = manifest.text.split("\n").findIndex((line) => line.includes(`"${name}":`));
  return index === -1 ? 1 : index + 1;
}

function readEntries(folder: string, exports: unknown): Map<string, string | undefined> {
  const table =
    typeof exports === "object" && exports !== null ? exports : exports === undefined ? {} : { ".": exports };
  const entries = new Map<string, string | undefined>();
  for (const [entry, value] of Object.entries(table)) {
    const conditions = typeof value === "string" ? { default: value } : (value as Record<string, string>);
    const source = conditions["@conclave/source"] ?? conditions.default;
    const isCode = source !== undefined && /^\.\/(?!dist\/).*\.[cm]?[jt]s$/.test(source);
    entries.set(entry, isCode ? `${folder}/${source.slice(2)}` : undefined);
  }
  return entries;
}
