import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startEnsemble } from "@conclave/server";
import { expect, it } from "vitest";

const run = promisify(execFile);

it("a CommonJS program requires the built client, and works with it", async () => {
  await using ensemble = await startEnsemble();
  const program = `
    const { connect, isZkError } = require("@conclave/client");
    connect(${JSON.stringify(ensemble.connectString)}).then(async (zk) => {
      console.log(await zk.create("/from-commonjs", "hello"));
      console.log(await zk.create("/from-commonjs").catch((error) => isZkError(error, "NODE_EXISTS")));
      await zk.close();
    });`;
  const { stdout } = await run(process.execPath, ["-e", program], { cwd: join(import.meta.dirname, "..") });
  expect(stdout).toBe("/from-commonjs\ntrue\n");
});
