import { execFile } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Packed } from "./pack.ts";

const run = promisify(execFile);
/** Bound of a command; npm waits for a registry. */
const COMMAND_LIMIT_MS = 600_000;

/** A project outside of this workspace: its packages come from tarballs, by npm. */
export class NpmProject {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Copies each of `samples` to a folder of its name, and installs the dependencies of all: `ours` from their tarballs, `others`
   * from the registry.
   */
  static async install(
    folder: string,
    samples: readonly string[],
    { ours, others }: { readonly ours: readonly Packed[]; readonly others: Readonly<Record<string, string>> },
  ): Promise<NpmProject> {
    mkdirSync(folder, { recursive: true });
    for (const sample of samples) {
      cpSync(join(import.meta.dirname, "../samples", sample), join(folder, sample), { recursive: true });
    }
    const tarballs = Object.fromEntries(ours.map(({ name, tarball }) => [name, `file:${tarball}`]));
    const overrides = Object.fromEntries(ours.map(({ name }) => [name, `$${name}`]));
    const manifest = {
      name: "project",
      private: true,
      type: "module",
      dependencies: { ...tarballs, ...others },
      overrides,
    };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2));
    const project = new NpmProject(folder);
    await project.run("npm", "install", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error");
    return project;
  }

  /** Returns the path of a program that the project has installed. */
  bin(name: string): string {
    return join(this.folder, "node_modules/.bin", name);
  }

  /** Type-checks and compiles a sample by its `tsconfig.json`. */
  compile(sample: string): Promise<string> {
    return this.run(process.execPath, this.bin("tsc"), "--project", sample);
  }

  /** Runs a command in the project. Resolves with its standard output; rejects with all of its output if it fails. */
  async run(command: string, ...args: string[]): Promise<string> {
    // The project must not inherit the settings of the test run.
    const { NODE_OPTIONS: _, VITEST: __, ...env } = process.env;
    try {
      const { stdout } = await run(command, args, { cwd: this.folder, env, timeout: COMMAND_LIMIT_MS });
      return stdout;
    } catch (error) {
      const { stdout = "", stderr = "", message } = error as { stdout?: string; stderr?: string; message: string };
      throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: error });
    }
  }
}
