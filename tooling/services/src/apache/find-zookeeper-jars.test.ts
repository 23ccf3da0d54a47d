import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { jarsInHome } from "./find-zookeeper-jars.ts";

it("returns all jars of a release except JLine, and the version in the file name of ZooKeeper's jar", async () => {
  const home = await mkdtemp(join(tmpdir(), "conclave-home-"));
  try {
    await mkdir(join(home, "lib"));
    const files = [
      "zookeeper-3.9.5.jar",
      "zookeeper-jute-3.9.5.jar",
      "jline-2.14.6.jar",
      "logback-core.jar",
      "LICENSE.txt",
    ];
    for (const file of files) await writeFile(join(home, "lib", file), "");
    const classpath = ["logback-core.jar", "zookeeper-3.9.5.jar", "zookeeper-jute-3.9.5.jar"];
    expect(jarsInHome(home)).toEqual({
      version: "3.9.5",
      home,
      classpath: classpath.map((file) => join(home, "lib", file)),
    });
    await rm(join(home, "lib/zookeeper-3.9.5.jar"));
    expect(jarsInHome(home)).toBeUndefined();
  } finally {
    await rm(home, { recursive: true });
  }
});
