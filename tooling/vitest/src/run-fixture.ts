import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

export interface FixtureRun {
  readonly code: number;
  /** Standard output, without colours. */
  readonly lines: readonly string[];
  readonly errors: string;
}

/** Runs files of ../fixture with a separate vitest, in the given environment. */
export const runFixture = async (
  files: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<FixtureRun> => {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(VITEST|CONCLAVE_|ZOOKEEPER_HOME)/.test(key));
  const child = spawn(process.execPath, [vitest, "run", ...files], {
    cwd: join(import.meta.dirname, "../fixture"),
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number, lines: stripVTControlCharacters(output).trimEnd().split("\n"), errors };
};
