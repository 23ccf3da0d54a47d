import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import type { CodeBlock } from "./markdown.ts";

/** A code block of a document, as a module of its own. */
export interface Example extends CodeBlock {
  /** The document, from the repository's root: `packages/client/README.md`. */
  readonly document: string;
}

/** The block as a module; its lines have the document's numbers. */
export const moduleText = ({ code, line }: CodeBlock): string => "\n".repeat(line) + code;

/** Returns true for a test file, which vitest runs. */
export const isTest = ({ code }: CodeBlock): boolean =>
  /\bfrom "(?:vitest|@conclave\/verification\/contracts)"/.test(code);

/** The URL of the block as a module, for stack traces to name. */
export const urlOf = (root: string, { document, line }: Pick<Example, "document" | "line">): string =>
  `${pathToFileURL(join(root, document))}?line=${line}`;

/** Input of the process that runs an example. */
export interface Assignment extends Pick<Example, "document" | "line"> {
  readonly root: string;
  /** TypeScript for vitest, JavaScript for a program. */
  readonly text: string;
  readonly limitMs: number;
}

/** Finds the packages that examples import. */
export interface Installation {
  /**
   * Returns the folders to resolve `specifier` from, best first. Our own packages resolve from themselves, because a reader
   * installs the imports of an example even if the documented package does not depend on them.
   */
  from(document: string, specifier: string): string[];
}

/** Has the packages that documents outside of a package import from elsewhere. */
const SAMPLE = "apps/nest-reports";

/** Reads the packages that the workspace at `root` has installed. */
export function readInstallation(root: string): Installation {
  const folders = new Map<string, string>();
  for (const manifest of globSync("{packages,apps,tooling}/*/package.json", { cwd: root })) {
    const { name } = JSON.parse(readFileSync(join(root, manifest), "utf8")) as { name: string };
    folders.set(name, posix.dirname(manifest));
  }
  return {
    from(document, specifier) {
      const own = folders.get(/^@[^/]+\/[^/]+|^[^/]+/.exec(specifier)?.[0] ?? "");
      const holder = /^(?:packages|apps|tooling)\/[^/]+(?=\/)/.exec(document)?.[0];
      return [own ?? holder ?? SAMPLE, holder ?? SAMPLE, SAMPLE].map((folder) => join(root, folder));
    },
  };
}
