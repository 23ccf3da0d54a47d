import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const dist = join(import.meta.dirname, "../dist");

/** Packages from elsewhere that are part of the built command: a comment names the file before the code of each. */
function heldPackages(): Set<string> {
  const modules = readdirSync(dist).filter((name) => name.endsWith(".js"));
  const comments = modules.flatMap(
    (name) => readFileSync(join(dist, name), "utf8").match(/^\/\/ .*\/node_modules\/.*$/gm) ?? [],
  );
  return new Set(comments.flatMap((file) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
}

it("the bundle is shipped with the licence of each package in it", () => {
  const licences = readFileSync(join(dist, "THIRD_PARTY_LICENSES"), "utf8");
  const titles = new Set(licences.split("\n").map((line) => line.split(" ")[0]));
  const held = heldPackages();
  expect([...held]).toEqual(expect.arrayContaining(["commander", "pino"]));
  expect([...held].filter((name) => !titles.has(name))).toEqual([]);
});
