import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { loadWorkspace } from "./load.ts";

it("loads files that git tracks or would track, without ignored and deleted ones, and only the path of a binary one", () => {
  const root = mkdtempSync(join(tmpdir(), "tidy-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const git = (...words: string[]) => execFileSync("git", words, { cwd: root });
  git("init", "--quiet");
  writeFileSync(join(root, ".gitignore"), "*.log\n");
  writeFileSync(join(root, "tracked.ts"), "const a = 1;\n");
  writeFileSync(join(root, "deleted.ts"), "const b = 2;\n");
  writeFileSync(join(root, "golden.bin"), Buffer.from([1, 0, 2]));
  git("add", ".");
  rmSync(join(root, "deleted.ts"));
  writeFileSync(join(root, "näw ü.ts"), "const c = 3;\n");
  writeFileSync(join(root, "server.log"), "noise\n");

  const { files, binaries } = loadWorkspace(root);
  expect([...(binaries ?? [])]).toEqual(["golden.bin"]);
  expect([...files]).toEqual([
    [".gitignore", "*.log\n"],
    ["näw ü.ts", "const c = 3;\n"],
    ["tracked.ts", "const a = 1;\n"],
  ]);
});
