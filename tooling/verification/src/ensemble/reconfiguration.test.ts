import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ZooKeeper } from "@conclave/client";
import { eventually } from "@conclave/testing";
import { afterEach, describe, expect, it } from "vitest";
import { GrowingEnsemble } from "./growing-ensemble.ts";
import { SteadyWriter } from "./steady-writer.ts";

const disposables: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of disposables.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function ensembleOf(...args: Parameters<typeof GrowingEnsemble.start>): Promise<GrowingEnsemble> {
  const ensemble = await GrowingEnsemble.start(...args);
  disposables.push(ensemble);
  return ensemble;
}

const text = (data: Uint8Array | null): string => new TextDecoder().decode(data ?? new Uint8Array());
const configOf = async (zk: ZooKeeper): Promise<string> => text((await zk.getConfig()).data);
const versionOf = (config: string): bigint => BigInt(`0x${/^version=(.*)$/m.exec(config)![1]}`);

/** Resolves when a server shows this configuration. */
async function shows(ensemble: GrowingEnsemble, id: number, config: string): Promise<void> {
  const zk = await ensemble.client([id]);
  await eventually(async () => expect(await configOf(zk)).toBe(config));
}

describe("an ensemble that may be reconfigured", () => {
  it("shows its configuration at each member, with the first zxid of the epoch as its version", async () => {
    const ensemble = await ensembleOf(3);
    const zk = await ensemble.client([1], false);
    const { data, stat } = await zk.getConfig();
    expect(text(data)).toBe(
      [1, 2, 3]
        .map((id) => ensemble.line(id))
        .concat("version=100000000")
        .join("\n"),
    );
    expect({ ...stat }).toMatchObject({ version: -1, mzxid: 0x1_0000_0000n });
    for (const id of [2, 3]) await shows(ensemble, id, text(data));
  });

  it("takes in a server that follows it, asks a quorum of all four from then on, and answers as getConfig", async () => {
    const ensemble = await ensembleOf(3);
    const leader = await ensemble.leader();
    const [one, other] = [1, 2, 3].filter((id) => id !== leader);
    const zk = await ensemble.client([one!]);
    await zk.create("/before");
    await ensemble.startServer(
      4,
      [1, 2, 3, 4].map((id) => ensemble.line(id)),
    );
    await ensemble.serving([4]);
    const { data, stat } = await zk.reconfig({ joining: [ensemble.line(4)] });
    const config = text(data);
    expect(config).toContain(ensemble.line(4));
    expect(versionOf(config)).toBe(stat.mzxid);
    for (const id of [1, 2, 3, 4]) await shows(ensemble, id, config);
    const joined = await ensemble.client([4]);
    expect(await joined.exists("/before")).not.toBeNull();
    // Two of four are no quorum; three are, the new one among them.
    await ensemble.stopServer(other!);
    await zk.create("/after");
    await joined.sync("/");
    expect(await joined.exists("/after")).not.toBeNull();
  });

  it("goes on without a server that has left, which follows without a vote", async () => {
    const ensemble = await ensembleOf(3);
    const leader = await ensemble.leader();
    const [left, other] = [1, 2, 3].filter((id) => id !== leader);
    const zk = await ensemble.client([leader]);
    const config = text((await zk.reconfig({ leaving: [left!] })).data);
    expect(config).not.toContain(`server.${left}=`);
    await shows(ensemble, left!, config);
    expect(ensemble.servers.get(left!)!.mode).toBe("follower");
    await ensemble.stopServer(left!);
    await zk.create("/after");
    // Two of two are needed: the one that has left is no help.
    await ensemble.stopServer(other!);
    await eventually(() => expect(ensemble.servers.get(leader)!.mode).toBe("looking"));
  });

  it("continues under the leader that it names when its own leader leaves, with the sessions of all clients", async () => {
    const ensemble = await ensembleOf(4);
    const former = await ensemble.leader();
    const zk = await ensemble.client([await ensemble.follower()]);
    const id = zk.session?.id;
    await zk.create("/before");
    const config = text((await zk.reconfig({ leaving: [former] })).data);
    expect(config).not.toContain(`server.${former}=`);
    await eventually(async () => expect(await ensemble.leader()).not.toBe(former));
    await zk.create("/after");
    expect(zk.session?.id).toBe(id);
    await ensemble.stopServer(former);
    for (const each of [1, 2, 3, 4].filter((server) => server !== former)) await shows(ensemble, each, config);
  });

  it("has the same znodes at all members after its leader has left while its clients wrote", async () => {
    const ensemble = await ensembleOf(4);
    const former = await ensemble.leader();
    const zk = await ensemble.client([former]);
    await zk.create("/t");
    const writer = new SteadyWriter(zk, "/t");
    await eventually(() => writer.acknowledged.length > 20);
    await zk.reconfig({ leaving: [former] });
    await eventually(() => expect(ensemble.servers.get(former)!.mode).toBe("follower"));
    const before = writer.acknowledged.length;
    await eventually(() => writer.acknowledged.length > before + 20);
    const written = await writer.stop();
    const found: string[] = [];
    for (const id of ensemble.servers.keys()) {
      const client = await ensemble.client([id]);
      await client.sync("/t");
      found.push((await client.getChildren("/t")).sort().join());
    }
    expect(new Set(found).size).toBe(1);
    expect(written.filter((path) => !found[0]!.split(",").includes(path.slice("/t/".length)))).toEqual([]);
  });

  it("makes a voter an observer, and an observer a voter", async () => {
    const ensemble = await ensembleOf(3);
    const [follower, leader] = [await ensemble.follower(), await ensemble.leader()];
    const zk = await ensemble.client([leader]);
    await zk.reconfig({ joining: [ensemble.line(follower, "observer")] });
    await eventually(() => expect(ensemble.servers.get(follower)!.mode).toBe("observer"));
    await zk.create("/by-two");
    await zk.reconfig({ joining: [ensemble.line(follower)] });
    await eventually(() => expect(ensemble.servers.get(follower)!.mode).toBe("follower"));
    const changed = await ensemble.client([follower]);
    await changed.create("/by-three");
    expect(await configOf(changed)).toContain(ensemble.line(follower));
  });

  it("takes a whole new list of members if the version is the current one", async () => {
    const ensemble = await ensembleOf(3);
    const zk = await ensemble.client([await ensemble.leader()]);
    const version = versionOf(await configOf(zk));
    const members = [1, 2, 3].map((id) => ensemble.line(id)).concat("group.1=1:2:3");
    await expect(zk.reconfig({ members }, { version: version + 1n })).rejects.toMatchObject({ code: "BAD_VERSION" });
    const { data } = await zk.reconfig({ members }, { version });
    expect(text(data)).toContain("group.1=1:2:3\nweight.1=1");
    await expect(zk.reconfig({ leaving: [1] })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await zk.create("/by-groups");
  });

  it("refuses what is invalid, and a configuration of which no quorum follows it", async () => {
    const ensemble = await ensembleOf(3);
    const zk = await ensemble.client([await ensemble.leader()]);
    const config = await configOf(zk);
    await expect(zk.reconfig({ joining: ["server.4=nowhere"] })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    await expect(zk.reconfig({ leaving: [1, 2] })).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
    const members = [4, 5, 1].map((id) => ensemble.line(id));
    await expect(zk.reconfig({ members })).rejects.toMatchObject({ code: "NEW_CONFIG_NO_QUORUM" });
    expect(await configOf(zk)).toBe(config);
  });

  it("lets only super users change it, until one of them has changed the ACL of its znode", async () => {
    const ensemble = await ensembleOf(3);
    const [root, zk] = [await ensemble.client(), await ensemble.client([await ensemble.follower()], false)];
    const change = { joining: [ensemble.line(3, "observer")] };
    await expect(zk.reconfig(change)).rejects.toMatchObject({ code: "NO_AUTH" });
    await root.setACL("/zookeeper/config", [{ permissions: 31, id: { scheme: "world", id: "anyone" } }]);
    expect(text((await zk.reconfig(change)).data)).toContain(ensemble.line(3, "observer"));
  });

  it("proposes one change at a time", async () => {
    const ensemble = await ensembleOf(3);
    const zk = await ensemble.client([await ensemble.leader()]);
    const follower = await ensemble.follower();
    const both = await Promise.allSettled([
      zk.reconfig({ joining: [ensemble.line(follower, "observer")] }),
      zk.reconfig({ joining: [ensemble.line(follower)] }),
    ]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect((both[1] as PromiseRejectedResult).reason).toMatchObject({ code: "RECONFIG_IN_PROGRESS" });
  });

  it("continues with the last configuration when all members start again with the first one", async () => {
    const ensemble = await ensembleOf(3);
    const zk = await ensemble.client();
    const config = text((await zk.reconfig({ joining: [ensemble.line(3, "observer")] })).data);
    for (const id of [1, 2, 3]) await shows(ensemble, id, config);
    for (const id of [1, 2, 3]) await ensemble.stopServer(id);
    const lines = [1, 2, 3].map((id) => ensemble.line(id));
    await Promise.all([1, 2, 3].map((id) => ensemble.startServer(id, lines)));
    await ensemble.serving([1, 2, 3]);
    expect(ensemble.servers.get(3)!.mode).toBe("observer");
    await shows(ensemble, 2, config);
  });

  it("names the file of the configuration in a member's zoo.cfg, as Apache does", async () => {
    const ensemble = await ensembleOf(3);
    const id = await ensemble.follower();
    const lines = [1, 2, 3].map((each) => ensemble.line(each));
    await ensemble.stopServer(id);
    const configFile = join(ensemble.folderOf(id), "zoo.cfg");
    await writeFile(configFile, `tickTime=500\n${lines.join("\n")}\n`);
    await ensemble.startServer(id, lines, { configFile });
    await ensemble.serving([id]);
    const zk = await ensemble.client([id]);
    const config = text((await zk.reconfig({ joining: [ensemble.line(3, "observer")] })).data);
    const path = `${configFile}.dynamic.${versionOf(config).toString(16)}`;
    await eventually(async () =>
      expect(await readFile(configFile, "utf8")).toBe(`tickTime=500\ndynamicConfigFile=${path}\n`),
    );
    expect(`${config.slice(0, config.lastIndexOf("\n"))}\n`).toBe(await readFile(path, "utf8"));
    await eventually(async () => expect(await readdir(ensemble.folderOf(id))).not.toContain("zoo.cfg.dynamic.next"));
  });
});

describe("an ensemble that may not be reconfigured", () => {
  it("refuses every change, and shows the configuration that it was started with", async () => {
    const ensemble = await ensembleOf(3, { reconfigEnabled: false });
    const zk = await ensemble.client([await ensemble.follower()]);
    await expect(zk.reconfig({ leaving: [3] })).rejects.toMatchObject({ code: "RECONFIG_DISABLED" });
    const lines = [1, 2, 3].map((id) => ensemble.line(id));
    expect(await configOf(zk)).toBe([...lines, "version=0"].join("\n"));
  });
});
