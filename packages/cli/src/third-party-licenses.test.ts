import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const dist = join(import.meta.dirname, "../dist");

/** The packages from elsewhere whose sources the built command holds, by its source maps. */
function heldPackages(): Set<string> {
  const maps = readdirSync(dist).filter((name) => name.endsWith(".map"));
  const sources = maps.flatMap((name) => (JSON.parse(readFileSync(join(dist, name), "utf8")) as SourceMap).sources);
  return new Set(sources.flatMap((source) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? []));
}

interface SourceMap {
  readonly sources: readonly string[];
}

it("the bundle is shipped with the licence of each package in it", () => {
  const licences = readFileSync(join(dist, "THIRD_PARTY_LICENSES"), "utf8");
  const titles = new Set(licences.split("\n").map((line) => line.split(" ")[0]));
  const held = heldPackages();
  expect([...held]).toEqual(expect.arrayContaining(["commander", "pino"]));
  expect([...held].filter((name) => !titles.has(name))).toEqual([]);
});
