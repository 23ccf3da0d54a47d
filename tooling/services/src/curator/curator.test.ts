import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { itOnApache } from "../apache/it-on-apache.ts";
import { runCommand } from "../process/run-command.ts";
import { removeFolder, temporaryFolder } from "../process/temporary-folder.ts";
import { prepareCurator } from "./curator.ts";

const found = await prepareCurator();
const options = found.available
  ? {}
  : { skip: true, meta: { skippedBecause: `no Apache Curator: ${found.reason}` } as object };

const program = `
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.UriSpec;

class Program {
  public static void main(String[] args) {
    var client = CuratorFrameworkFactory.newClient("127.0.0.1:1", new RetryOneTime(1));
    System.out.println(new InterProcessMutex(client, "/a").isAcquiredInThisProcess() + " " + new UriSpec("a").getParts().size());
  }
}`;

it("the found Curator and Java compile and run a program", options, async () => {
  if (!found.available) return;
  const folder = await temporaryFolder("curator");
  try {
    const [classpath, source] = [[folder, ...found.classpath].join(":"), join(folder, "Program.java")];
    await writeFile(source, program);
    const compile = [
      "-m",
      "jdk.compiler/com.sun.tools.javac.Main",
      "-proc:none",
      "-cp",
      classpath,
      "-d",
      folder,
      source,
    ];
    expect((await runCommand(found.java.command, compile)).output).not.toContain("error");
    const { output } = await runCommand(found.java.command, ["-cp", classpath, "Program"]);
    expect(output).toContain("false 1\n");
  } finally {
    await removeFolder(folder);
  }
});

itOnApache("installs no Curator if CURATOR_HOME is set, and reports a folder without one", async () => {
  vi.stubEnv("CURATOR_HOME", "/nowhere");
  try {
    const { available, ...rest } = await prepareCurator();
    expect(available).toBe(false);
    expect(rest).toEqual({ reason: "found no Apache Curator in CURATOR_HOME (/nowhere has no curator-recipes-*.jar)" });
  } finally {
    vi.unstubAllEnvs();
  }
});
