import { join } from "node:path";
import { expect, it } from "vitest";
import { itOnApache } from "./apache/it-on-apache.ts";
import { runCommand } from "./process/run-command.ts";

const main = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(process.execPath, [join(import.meta.dirname, "main.ts"), ...args], { env });

itOnApache("the command prints version and folder of each service that it found", async ({ java, zookeeper }) => {
  const { output } = await main([]);
  expect(output).toContain(`✓ Apache ZooKeeper  ${zookeeper.version} in ${zookeeper.home}`);
  expect(output).toContain(`run by Java ${java.version} (${java.command})`);
});

it("the command prints that ZOOKEEPER_HOME holds no ZooKeeper, and installs no other", async () => {
  const { code, output } = await main(["--install"], { ZOOKEEPER_HOME: "/nowhere", JAVA_HOME: "/dev/null" });
  expect(code).toBe(1);
  expect(output).toContain("✗ Apache ZooKeeper  found no Apache ZooKeeper in ZOOKEEPER_HOME (/nowhere has no lib/");
});

it("the command prints its usage for an unknown option, and exits with code 2", async () => {
  const { code, output } = await main(["--isntall"]);
  expect(code).toBe(2);
  expect(output).toContain("Usage:");
});
