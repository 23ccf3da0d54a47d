import { join } from "node:path";
import { connect } from "@conclave/client";
import { freePorts } from "@conclave/runtime";
import { type EnsembleReplica, joinEnsemble } from "@conclave/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandFolder } from "../test-support/command-folder.js";

let folder: CommandFolder;
let ports: readonly number[];
beforeEach(async () => {
  folder = new CommandFolder();
  ports = await freePorts(4);
});
afterEach(() => folder.close());

const start = (id: number, expected: number): Promise<EnsembleReplica> => {
  const [discovery, quorum, election, client] = ports;
  return joinEnsemble({
    ...{ dataDir: join(folder.path, "data"), name: "orders", id, expect: expected, peers: [], host: "127.0.0.1" },
    ...{ ports: { discovery, quorum, election, client }, thread: "main", server: { preAllocBytes: 65_536 } },
  });
};

describe("conclave recover", () => {
  it("prints the last transaction and the steps, and changes nothing before --yes", async () => {
    const replica = await start(1, 1);
    await replica.whenReady();
    const zk = await connect(replica.connectString);
    await zk.create("/a", "1");
    const { czxid } = (await zk.getData("/a")).stat;
    await zk.close();
    const options = ["recover", "data", "--name", "orders", "--id", "1"];
    const running = folder.start(...options, "--yes");
    expect(await running.ended).toEqual({ code: 1, signal: null });
    expect(running.stderr).toMatch(/^conclave: cannot recover: .*in use/);
    await replica.close();

    const asked = folder.start(...options);
    expect(await asked.ended).toEqual({ code: 2, signal: null });
    // The session was closed after the write.
    expect(asked.stdout).toContain(`Its last transaction is 0x${(BigInt(czxid) + 1n).toString(16)}.`);
    expect(asked.stdout).toContain('Remove the data directory of every other replica of "orders"');
    expect(asked.stderr).toBe("conclave: nothing has been changed; add --yes to do this\n");

    const done = folder.start(...options, "--yes");
    expect(await done.ended).toEqual({ code: 0, signal: null });
    expect(done.stdout).toContain('replica 1 of "orders" is the only voter; its last transaction is 0x');
    expect(done.stdout).toContain("there were no other voters");
    await using again = await start(1, 1);
    await again.whenReady();
    expect([again.mode, again.voters]).toEqual(["leader", [1]]);
  });

  it.each([
    ["no directory of data", ["nowhere", "--name", "orders", "--id", "1"], 1, "cannot recover: ENOENT"],
    ["no directory of data, with --yes", ["nowhere", "--name", "a", "--id", "1", "--yes"], 1, "cannot recover: "],
    ["no name", ["data", "--id", "1"], 2, "--name <ensemble>"],
    ["no id", ["data", "--name", "orders"], 2, "--id <number>"],
    ["an id out of range", ["data", "--name", "orders", "--id", "256"], 2, "a whole number from 1 to 255"],
  ])("refuses %s", async (_, args, code, message) => {
    const refused = folder.start("recover", ...args);
    expect(await refused.ended).toEqual({ code, signal: null });
    expect(refused.stderr).toContain(message);
  });
});
