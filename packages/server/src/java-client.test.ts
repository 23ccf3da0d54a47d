import { openZkCli, type ZkCli } from "@conclave/services";
import { describeOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type ZooKeeperServer } from "./server.js";

describeOnApache("Java's command line client on our server", () => {
  let server: ZooKeeperServer;
  let cli: ZkCli;

  beforeAll(async () => {
    server = await startServer({ tickTimeMs: 500 });
    cli = await openZkCli({ connectString: server.connectString });
  });
  afterAll(async () => {
    await cli?.close();
    await server?.close();
  });

  it("creates, reads, lists, changes, looks at and deletes a znode", async () => {
    expect(await cli.run("create /plain hello")).toContain("Created /plain");
    expect(await cli.run("get /plain")).toContain("hello");
    expect(await cli.run("ls /")).toContain("[plain, zookeeper]");
    await cli.run("set /plain world");
    const stat = await cli.run("stat /plain");
    expect(stat).toContain("dataVersion = 1");
    expect(stat).toContain("dataLength = 5");
    expect(await cli.run("get -s /plain")).toMatch(/world[\s\S]*numChildren = 0/);
    await cli.run("delete /plain");
    expect(await cli.run("get /plain")).toContain("Node does not exist: /plain");
  });

  it("creates ephemerals, which end with their session, and sequential znodes, which are numbered on", async () => {
    await cli.run("create /parent");
    const other = await openZkCli({ connectString: server.connectString });
    expect(await other.run("create -e /parent/ephemeral here")).toContain("Created /parent/ephemeral");
    expect(await cli.run("stat /parent/ephemeral")).toMatch(/ephemeralOwner = 0x1[0-9a-f]+/);
    expect(await cli.run("create /parent/ephemeral/child")).toContain("Ephemerals cannot have children");
    await other.close();
    expect(await cli.run("ls /parent")).toContain("[]");
    expect(await cli.run("create -s /parent/n- a")).toContain("Created /parent/n-0000000001");
    expect(await cli.run("create -s -e /parent/n- a")).toContain("Created /parent/n-0000000002");
  });

  it("receives the events of its watches when another client writes", async () => {
    await cli.run("create /watched 1");
    await cli.run("get -w /watched");
    await cli.run("ls -w /");
    const other = await openZkCli({ connectString: server.connectString });
    await other.run("set /watched 2");
    await cli.waitFor("WatchedEvent state:SyncConnected type:NodeDataChanged path:/watched");
    await cli.run("stat -w /watched");
    await other.run("delete /watched");
    await cli.waitFor("WatchedEvent state:SyncConnected type:NodeDeleted path:/watched");
    await cli.waitFor("WatchedEvent state:SyncConnected type:NodeChildrenChanged path:/");
    await other.close();
  });

  it("gets the errors of Apache's server for invalid requests", async () => {
    await cli.run("create /full");
    await cli.run("create /full/child");
    expect(await cli.run("create /full")).toContain("Node already exists: /full");
    expect(await cli.run("create /none/child")).toContain("Node does not exist: /none/child");
    expect(await cli.run("delete /full")).toContain("Node not empty: /full");
    expect(await cli.run("set -v 7 /full x")).toContain("version No is not valid : /full");
  });
});
