import { type ApacheEnsemble, fourLetterWord, startApacheEnsemble } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { apache, describeOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ensemble, startEnsemble } from "../ensemble.js";
import type { ZooKeeperServer } from "../server.js";

/** Replaces the parts of a line that differ between two servers in the same state: versions, numbers, folders. */
const shape = (line: string): string =>
  line
    .replace(/(version[:=] ?)\d+\.\d+\.\d+-\S+, built on \d{4}-\d\d-\d\d.*/, "$1VERSION")
    .replace(/^((?:data|dataLog)Dir)=.*/, "$1=FOLDER")
    .replaceAll(/0x[0-9a-f]+/g, "HEX")
    .replaceAll(/\d+\.\d+(?:E-?\d+)?/g, "DECIMAL")
    .replaceAll(/-?\b\d+/g, "NUMBER");

let ours: Ensemble;
beforeAll(async () => {
  ours = await startEnsemble({ servers: 3, fourLetterWords: "*", admin: { port: 0 }, metrics: { port: 0 } });
});
afterAll(() => ours?.close());

const withMode = (mode: string): ZooKeeperServer => ours.servers.find((server) => server.mode === mode)!;

async function command(server: ZooKeeperServer, name: string): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${server.adminPort}/commands/${name}`);
  return (await response.json()) as Record<string, unknown>;
}

describeOnApache("the four-letter words of an ensemble, compared with Apache's", () => {
  let theirs: ApacheEnsemble;
  beforeAll(async () => {
    theirs = await startApacheEnsemble({ apache: apache(), config: { "4lw.commands.whitelist": "*" } });
  });
  afterAll(() => theirs?.close());

  async function ask(mode: "leader" | "follower", word: string): Promise<readonly string[][]> {
    const leader = await eventually(() => theirs.leader());
    const their = mode === "leader" ? leader! : theirs.servers.find((server) => server !== leader)!;
    const answers = [withMode(mode).port, their.clientPort].map((port) => fourLetterWord({ port, word }));
    return (await Promise.all(answers)).map((answer) => answer.split("\n"));
  }

  const cases = (["leader", "follower"] as const).flatMap((mode) =>
    ["conf", "srvr", "isro"].map((word) => [mode, word] as const),
  );
  it.each(cases)("a %s answers %s in the same lines", async (mode, word) => {
    const [our, their] = (await ask(mode, word)).map((lines) => lines.map(shape));
    expect(our).toEqual(their);
  });

  it.each(["leader", "follower"] as const)("a %s has no name in mntr that Apache's has not", async (mode) => {
    const [our, their] = (await ask(mode, "mntr")).map(
      (lines) => new Map(lines.map((line) => line.split("\t") as [string, string])),
    );
    // Counted since 3.9.
    our!.delete("zk_quota_exceeded_error_count");
    expect([...our!.keys()].filter((name) => !their!.has(name))).toEqual([]);
    expect(our!.get("zk_peer_state")).toBe(their!.get("zk_peer_state"));
    expect(our!.get("zk_quorum_size")).toBe(their!.get("zk_quorum_size"));
  });

  it("a leader has Apache's gauges of its learners, and a follower has none", async () => {
    const names = ["learners", "synced_followers", "synced_non_voting_followers", "synced_observers", "pending_syncs"];
    const of = (lines: readonly string[] | undefined) =>
      lines!.filter((line) => names.some((name) => line.startsWith(`zk_${name}\t`))).sort();
    const [our, their] = await ask("leader", "mntr");
    expect(of(our)).toHaveLength(names.length);
    expect(of(our)).toEqual(of(their));
    const [follower] = await ask("follower", "mntr");
    expect(of(follower)).toEqual([]);
  });
});

describe("commands of an ensemble", () => {
  it("name the leader and the members with a vote", async () => {
    const [leader, follower] = [withMode("leader"), withMode("follower")];
    const id = ours.servers.indexOf(leader) + 1;
    expect(await command(leader, "leader")).toMatchObject({ is_leader: true, leader_id: id, leader_ip: "127.0.0.1" });
    expect(await command(follower, "leader")).toMatchObject({ is_leader: false, leader_id: id });
    const { current_config: view } = await command(follower, "voting_view");
    expect(view).toMatchObject({
      "1": {
        server_addresses: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)],
        election_addresses: [expect.stringMatching(/^127\.0\.0\.1:\d+$/)],
        ...{ client_address: "", learner_type: "participant" },
      },
    });
    expect(Object.keys(view as object)).toEqual(["1", "2", "3"]);
  });

  it("show the step of Zab, the server's id, and what a leader has sent", async () => {
    const leader = withMode("leader");
    const id = ours.servers.indexOf(leader) + 1;
    expect(await command(leader, "zabstate")).toMatchObject({
      ...{ myid: id, is_leader: true, voting: true, zabstate: "broadcast", zab_epoch: expect.any(Number) },
    });
    expect(await command(leader, "configuration")).toMatchObject({ server_id: id });
    expect(await command(leader, "observers")).toMatchObject({ synced_observers: 0, observers: [] });
    expect(await command(leader, "server_stats")).toMatchObject({
      proposal_stats: { last_buffer_size: expect.any(Number) },
    });
    expect(await command(withMode("follower"), "server_stats")).not.toHaveProperty("proposal_stats");
    expect(await command(leader, "monitor")).toMatchObject({
      peer_state: "leading - broadcast",
      learners: 2,
      quorum_size: 3,
    });
  });

  it("are in the metrics for Prometheus, those of a leader only on the leader", async () => {
    const text = async (server: ZooKeeperServer): Promise<string> =>
      (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text();
    expect(await text(withMode("leader"))).toMatch(/^synced_followers 2$/m);
    const follower = await text(withMode("follower"));
    expect(follower).toMatch(/^quorum_size 3$/m);
    expect(follower).not.toMatch(/^synced_followers/m);
  });
});
