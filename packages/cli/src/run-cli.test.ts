import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runCli } from "./run-cli.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Runs the command in this process; resolves with its exit code and its standard output. */
async function run(...args: string[]): Promise<{ readonly code: number; readonly text: string }> {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((part) => {
    text += String(part);
    return true;
  });
  const code = await runCli(args);
  vi.restoreAllMocks();
  return { code, text };
}

const names =
  "server ensemble shell locks elections groups sessions doctor top check recover log snapshot completion".split(" ");

describe("--help", () => {
  it.each(names)("of %s has its purpose, arguments, options, examples and exit codes", async (name) => {
    const { code, text } = await run(name, "--help");
    expect(code).toBe(0);
    expect(text).toMatch(new RegExp(`^Usage: conclave ${name} .*\\n\\n\\w`));
    for (const title of ["Options:", "Examples:", "Exit codes:"]) expect(text).toContain(`\n${title}\n`);
    expect(text).toMatch(/\nExamples:\n(?: {2}.*conclave .*\n)+/);
  });

  it("lists all commands", async () => {
    const { text } = await run("--help");
    for (const name of names) expect(text).toMatch(new RegExp(`^  ${name} `, "m"));
  });
});

describe("completion", () => {
  /** Returns the words that bash completes. */
  const completed = (script: string, ...words: string[]): string[] => {
    const variables = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}`;
    const line = `${script}\n${variables}\n_conclave\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", line], { encoding: "utf8" }).trim().split("\n");
  };

  it("of bash completes commands, options, and values of options", async () => {
    const { code, text } = await run("completion", "bash");
    expect(code).toBe(0);
    expect(completed(text, "conclave", "e")).toEqual(["ensemble", "elections"]);
    expect(completed(text, "conclave", "locks", "--a")).toEqual(["--all", "--auth"]);
    expect(completed(text, "conclave", "completion", "z")).toEqual(["zsh"]);
    expect(completed(text, "conclave", "server", "--log-level", "de")).toEqual(["debug"]);
    expect(completed(text, "conclave", "doctor", "--may")).toEqual(["--may-restart"]);
  });

  it.each(["zsh", "fish"])("of %s names each command with its options", async (shell) => {
    const { text } = await run("completion", shell);
    for (const name of names) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    expect(text).toContain("may-restart");
    expect(text).not.toContain("stop-with-parent");
  });

  it("of another shell is refused with exit code 2", async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await runCli(["completion", "cmd"])).toBe(2);
  });
});
