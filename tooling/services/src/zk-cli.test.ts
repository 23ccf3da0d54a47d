import { expect } from "vitest";
import { startApacheStandalone } from "./apache-standalone.ts";
import { itOnApache } from "./it-on-apache.ts";
import { processIsAlive } from "./process-is-alive.ts";
import { openZkCli, zkCli } from "./zk-cli.ts";

itOnApache("returns what each command printed, errors included", async (apache) => {
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

itOnApache("keeps a watch in one session while another session makes the change", async (apache) => {
  await using server = await startApacheStandalone({ apache });
  const { connectString } = server;
  await using watcher = await openZkCli({ apache, connectString });
  await watcher.run("create /watched old");
  expect(await watcher.run("get -w /watched")).toBe("old\n");
  await zkCli({ apache, connectString, commands: ["set /watched new"] });
  await watcher.waitFor("WatchedEvent state:SyncConnected type:NodeDataChanged path:/watched");
  expect(await watcher.run("get /watched")).toBe("new\n");
});

itOnApache("closes its session with the process, so that its ephemeral nodes are gone", async (apache) => {
  await using server = await startApacheStandalone({ apache });
  const { connectString } = server;
  const cli = await openZkCli({ apache, connectString });
  await cli.run("create -e /ephemeral x");
  await cli.close();
  expect(processIsAlive(cli.pid)).toBe(false);
  const { outputs } = await zkCli({ apache, connectString, commands: ["ls /"] });
  expect(outputs).toEqual(["[zookeeper]\n"]);
});

itOnApache("rejects with its output when no server answers", async (apache) => {
  await using server = await startApacheStandalone({ apache });
  await server.stop();
  const open = openZkCli({ apache, connectString: server.connectString, sessionTimeoutMs: 1_000 });
  await expect(open).rejects.toThrow(/zkCli did not .*Connecting to/s);
});
