import { expect } from "vitest";
import { startApacheStandalone } from "../apache/apache-standalone.ts";
import { itOnApache } from "../apache/it-on-apache.ts";
import { processIsAlive } from "../process/process-is-alive.ts";
import { openZkCli, zkCli } from "./zk-cli.ts";

itOnApache("zkCli returns the output of each command, errors included", async (apache) => {
  await using server = await startApacheStandalone({ apache });
  const commands = ["create /a hello", "get /a", "create -s /a/b- x", "ls /a", "get /none", "delete /a"];
  const { outputs } = await zkCli({ apache, connectString: server.connectString, commands });
  expect(outputs).toEqual([
    "Created /a\n",
    "hello\n",
    "Created /a/b-0000000000\n",
    "[b-0000000000]\n",
    "Node does not exist: /none\n",
    "Node not empty: /a\n",
  ]);
});

itOnApache("a zkCli session receives the watch event of a change by another session", async (apache) => {
  await using server = await startApacheStandalone({ apache });
  const { connectString } = server;
  await using watcher = await openZkCli({ apache, connectString });
  await watcher.run("create /watched old");
  expect(await watcher.run("get -w /watched")).toBe("old\n");
  await zkCli({ apache, connectString, commands: ["set /watched new"] });
  await watcher.waitFor("WatchedEvent state:SyncConnected type:NodeDataChanged path:/watched");
  expect(await watcher.run("get /watched")).toBe("new\n");
});

itOnApache("zkCli closes its session when it is closed, so that its ephemeral znodes are deleted", async (apache) => {
  await using server = await startApacheStandalone({ apache });
  const { connectString } = server;
  const cli = await openZkCli({ apache, connectString });
  await cli.run("create -e /ephemeral x");
  await cli.close();
  expect(processIsAlive(cli.pid)).toBe(false);
  const { outputs } = await zkCli({ apache, connectString, commands: ["ls /"] });
  expect(outputs).toEqual(["[zookeeper]\n"]);
});

itOnApache("zkCli rejects with its output if no server answers", async (apache) => {
  await using server = await startApacheStandalone({ apache });
  await server.stop();
  const open = openZkCli({ apache, connectString: server.connectString, sessionTimeoutMs: 1_000 });
  await expect(open).rejects.toThrow(/zkCli did not .*Connecting to/s);
});
