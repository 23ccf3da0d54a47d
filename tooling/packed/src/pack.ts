import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const packages = join(import.meta.dirname, "../../../packages");

/** A package as its users get it. */
export interface Packed {
  readonly name: string;
  readonly tarball: string;
  /** The entry points that its package.json names, as they are imported: `@conclave/recipes/mutex`. */
  readonly entries: readonly string[];
}

/** Packs every package into `folder`, as it would be published. They have to be built. */
export async function packAll(folder: string): Promise<Packed[]> {
  const args = [
    "--yes",
    "pnpm@12.21.0",
    "--filter",
    "./packages/*",
    "--recursive",
    "pack",
    "--pack-destination",
    folder,
  ];
  await run("npx", args, { cwd: join(packages, "..") });
  return readdirSync(packages).map((name) => packed(join(packages, name), folder));
}

function packed(source: string, folder: string): Packed {
  const manifest = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as Manifest;
  const tarball = join(folder, `${manifest.name.slice(1).replace("/", "-")}-${manifest.version}.tgz`);
  const exports = Object.keys(manifest.publishConfig?.exports ?? manifest.exports);
  const entries = exports.filter((entry) => entry !== "./package.json");
  return { name: manifest.name, tarball, entries: entries.map((entry) => `${manifest.name}${entry.slice(1)}`) };
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: object;
  readonly publishConfig?: { readonly exports?: object };
}
