import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { curatorJarsInHome } from "./find-curator-jars.ts";

it("returns all jars of a folder except ZooKeeper's, and the version in the file name of the recipes", async () => {
  const home = await mkdtemp(join(tmpdir(), "conclave-home-"));
  try {
    const files = [
      "curator-recipes-5.9.0.jar",
      "guava-33.jar",
      "zookeeper-3.9.4.jar",
      "zookeeper-jute-3.9.4.jar",
      "NOTE",
    ];
    for (const file of files) await writeFile(join(home, file), "");
    const classpath = ["curator-recipes-5.9.0.jar", "guava-33.jar"].map((file) => join(home, file));
    expect(curatorJarsInHome(home)).toEqual({ version: "5.9.0", home, classpath });
    await rm(join(home, "curator-recipes-5.9.0.jar"));
    expect(curatorJarsInHome(home)).toBeUndefined();
  } finally {
    await rm(home, { recursive: true });
  }
});
