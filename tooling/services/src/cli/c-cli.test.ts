import { describe, expect } from "vitest";
import { startApacheStandalone } from "../apache/apache-standalone.ts";
import { itOnApache } from "../apache/it-on-apache.ts";
import { openCCli } from "./c-cli.ts";
import { prepareCCli } from "./c-cli-program.ts";

const program = await prepareCCli();

const onCCli = {
  skip: !program.available,
  meta: program.available ? {} : ({ skippedBecause: `no C client: ${program.reason}` } as object),
};

describe("the C client", onCCli, () => {
  itOnApache("returns the output of each command once the server has answered, errors included", async (apache) => {
    await using server = await startApacheStandalone({ apache });
    await using cli = await openCCli({ connectString: server.connectString });
    expect(await cli.run("create /a")).toBe("Creating [/a] node (mode: 0)\n[/a]: rc = 0\n\tname = /a\n");
    expect(await cli.run("delete /none")).toBe("/none: rc = -101\n");
    expect(await cli.run("set /a text")).toMatch(/^\/a: rc = 0 Stat:\n[\s\S]*version=1/);
  });

  itOnApache("closes its session when it is closed, so that its ephemeral znodes are deleted", async (apache) => {
    await using server = await startApacheStandalone({ apache });
    const cli = await openCCli({ connectString: server.connectString });
    await cli.run("create +e /ephemeral");
    await cli.close();
    await using other = await openCCli({ connectString: server.connectString });
    expect(await other.run("delete /ephemeral")).toBe("/ephemeral: rc = -101\n");
  });
});
