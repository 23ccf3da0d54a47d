import { EnsembleConfiguration } from "@conclave/server";
import { describe, expect, it } from "vitest";
import { configurationText, downMember, ensemble, member, summary } from "../../test-support/readings.js";
import type { EnsembleReading, MemberReading } from "../members/member-reading.js";
import { diagnose } from "./diagnose.js";
import { formatDiagnosis } from "./format-diagnosis.js";
import { adviceOn } from "./restart-advice.js";

/** Returns the findings that are not good, as `level check server: text`. */
const wrong = (reading: EnsembleReading): string[] =>
  diagnose(reading)
    .findings.filter(({ level }) => level === "warning" || level === "problem")
    .map(({ level, check, server, text }) => `${level} ${check} ${server ?? "-"}: ${text}`);

/** Returns an ensemble in which the first member differs. */
const withFirst = (given: Partial<MemberReading>): EnsembleReading =>
  ensemble(member(1, "follower", given), member(2, "leader"), member(3, "follower"));

it("an ensemble of three servers with all in order is healthy, and each server may be restarted", () => {
  const { level, restarts } = diagnose(ensemble());
  expect([level, wrong(ensemble())]).toEqual(["good", []]);
  expect(restarts.map(({ server, may, reason }) => `${server} ${may} ${reason}`)).toEqual([
    "server.1 true 2 voters of 3 remain; its clients move to them",
    "server.2 true 2 voters of 3 remain; restart it last: it leads, and writes wait for an election",
    "server.3 true 2 voters of 3 remain; its clients move to them",
  ]);
});

describe("a finding", () => {
  const metrics = (...entries: [string, string][]): Partial<MemberReading> => ({ metrics: new Map(entries) });
  const limited = { settings: new Map([["maxClientCnxns", "2"]]) };
  const client = { sessionId: 1n, timeoutMs: 1, establishedAt: 1, averageLatencyMs: 1, maxLatencyMs: 1, queued: 0 };
  const clients = ["a:1", "a:2"].map((remote) => ({ remote, ...client }));

  it.each<[string, Partial<MemberReading>, string]>([
    [
      "a slow server",
      { summary: summary("follower", { latency: { min: 0, average: 250, max: 900 } }) },
      "warning latency server.1: requests take 250 ms",
    ],
    ["a slow disk", metrics(["avg_fsynctime", "80"]), "warning disk server.1: fsync takes 80 ms on average"],
    [
      "a disk that stalled",
      metrics(["max_fsynctime", "3932"]),
      "warning disk server.1: fsync takes 0.0 ms on average, 3932 ms at most",
    ],
    [
      "waiting requests",
      { summary: summary("follower", { outstanding: 150 }) },
      "warning outstanding server.1: 150 requests wait",
    ],
    [
      "too many waiting requests",
      { summary: summary("follower", { outstanding: 1_500 }) },
      "problem outstanding server.1: 1500 requests wait",
    ],
    [
      "open files near the limit",
      metrics(["open_file_descriptor_count", "850"], ["max_file_descriptor_count", "1000"]),
      "warning file descriptors server.1: 850 of 1000 are open",
    ],
    [
      "open files at the limit",
      metrics(["open_file_descriptor_count", "990"], ["max_file_descriptor_count", "1000"]),
      "problem file descriptors server.1: 990 of 1000 are open",
    ],
    [
      "an address near its limit of connections",
      { ...limited, connections: clients },
      "warning connections server.1: 2 connections come from a, and maxClientCnxns is 2",
    ],
    ["very many watches", metrics(["watch_count", "600000"]), "warning watches server.1: 600000 watches"],
    [
      "a write near the largest request",
      metrics(["max_proposal_size", "1000000"]),
      "warning znode sizes server.1: a write had 1000000 bytes",
    ],
    [
      "data that differ",
      metrics(["digest_mismatches_count", "1"]),
      "problem data server.1: 1 digests of its tree differ",
    ],
    [
      "refused connections",
      metrics(["connection_drop_probability", "0.5"]),
      "warning throttling server.1: refuses new connections",
    ],
    ["a server in read-only mode", { summary: summary("read-only") }, "problem mode server.1: answers reads only"],
    [
      "another tick",
      { settings: new Map([["tickTime", "3000"]]) },
      "warning settings -: tickTime differs: 3000 on server.1; 2000 on server.2, server.3",
    ],
    [
      "another version",
      { summary: summary("follower", { version: "3.8.4" }) },
      "warning versions -: the servers run different versions: 3.8.4 on server.1; 3.9.4 on server.2",
    ],
    [
      "other members in its file",
      { membership: configurationText(3, 5, "old") },
      "problem configuration server.1: its lines server.N differ from those of server.2",
    ],
    [
      "a missed reconfiguration",
      { membership: configurationText(3, 1) },
      "problem configuration server.1: has configuration",
    ],
    ["an old transaction", { laterZxid: 0x1_0000_0003n }, "warning lag server.1: is 2 transactions late"],
    ["an old epoch", { laterZxid: 0x0_0000_0003n }, "problem lag server.1: is an epoch late"],
  ])("names %s, and the remedy", (_, given, text) => {
    expect(wrong(withFirst(given)).join("\n")).toContain(text);
  });

  it("is not made of a client address that one server does not show", () => {
    const without = configurationText(3).replace(/;zk[23]:2181/g, "");
    expect(wrong(withFirst({ membership: without }))).toEqual([]);
  });

  it("names a clock that is ahead", () => {
    const admin = (aheadMs: number) => ({
      admin: { dateMs: 1_000 + aheadMs, receivedAtMs: 1_000, serverId: undefined, metrics: new Map() },
    });
    const reading = ensemble(
      member(1, "follower", admin(60_000)),
      member(2, "leader", admin(0)),
      member(3, "follower", admin(900)),
    );
    expect(wrong(reading)).toEqual([expect.stringContaining("the clock of server.1 is 60 s ahead of server.2's")]);
  });
});

describe("a lost server", () => {
  const one = ensemble(downMember(1), member(2, "leader"), member(3, "follower"));

  it("is a problem, leaves no margin, and forbids the restart of the others", () => {
    expect(wrong(one)).toEqual([
      "problem servers server.1: zk1:2181: connect ECONNREFUSED",
      "warning quorum -: 2 of 3 voters serve: if one more stops, no client is served; start server.1",
    ]);
    expect(diagnose(one).restarts.map(({ may, reason }) => `${may}: ${reason}`)).toEqual([
      "true: it serves no client now",
      "false: 1 voter of 3 would serve, which is no quorum: first start server.1",
      "false: 1 voter of 3 would serve, which is no quorum: first start server.1",
    ]);
  });

  it("with another one means that there is no quorum and no leader", () => {
    expect(wrong(ensemble(downMember(1), downMember(2), member(3, "read-only")))).toEqual(
      expect.arrayContaining([
        expect.stringContaining("problem quorum -: 0 of 3 voters serve: no quorum"),
        expect.stringContaining("problem leader -: no server reports that it leads"),
      ]),
    );
  });

  it("is found by its id and by its address", () => {
    const { restarts } = diagnose(one);
    for (const name of ["3", "server.3", "zk3:2181"])
      expect(adviceOn(name, restarts, one.members)?.server).toBe("server.3");
    expect(adviceOn("4", restarts, one.members)).toBe(undefined);
  });
});

it("a late server must catch up before another one is restarted, if the quorum needs it", () => {
  const reading = ensemble(
    member(1, "follower", { laterZxid: 0x1_0000_0001n }),
    member(2, "leader"),
    member(3, "follower"),
  );
  expect(diagnose(reading).restarts[2]).toMatchObject({
    may: false,
    reason: expect.stringContaining("server.1 must catch up first"),
  });
});

it("an even number of voters, weights and standalone servers are judged by the losses that they survive", () => {
  const four = { ...ensemble(...[1, 2, 3, 4].map((id) => member(id, id === 1 ? "leader" : "follower"))) };
  const even = { ...four, configuration: EnsembleConfiguration.parse(configurationText(4)) };
  expect(wrong({ ...even, members: even.members.map((each) => ({ ...each, membership: undefined })) })).toEqual([
    "warning voters -: 4 voters, an even number: it survives the loss of 1, as 3 voters do; add one or make one an observer",
  ]);
  const weights = `${configurationText(3)}\ngroup.1=1:2:3\nweight.1=3\nweight.2=1\nweight.3=1`;
  const weighted = { ...ensemble(), configuration: EnsembleConfiguration.parse(weights) };
  expect(diagnose(weighted).findings).toContainEqual(
    expect.objectContaining({ check: "quorum", level: "warning", text: expect.stringContaining("if one more stops") }),
  );
  const alone = member(1, "standalone", { id: undefined, role: undefined, membership: undefined });
  const standalone = { configuration: undefined, members: [alone], atMs: 0 };
  expect(diagnose(standalone).restarts[0]).toMatchObject({ server: "zk1:2181", may: false });
  expect(wrong(standalone)).toEqual([expect.stringContaining("warning voters -: one standalone server")]);
  const several = { ...standalone, members: [alone, { ...alone, target: { host: "zk2", port: 2181 } }] };
  expect(wrong(several)).toEqual([expect.stringContaining("problem voters -: 2 standalone servers")]);
});

it("servers that permit srvr alone are counted, and judged under their addresses", () => {
  const nameless = (id: number, mode: string): MemberReading =>
    member(id, mode, { id: undefined, role: undefined, membership: undefined, refused: ["conf", "mntr", "cons"] });
  const reading = ensemble(nameless(1, "follower"), nameless(2, "leader"), nameless(3, "follower"));
  const { level, findings, restarts } = diagnose(reading);
  expect([level, restarts.map(({ server, may }) => `${server} ${may}`)]).toEqual([
    "good",
    ["zk1:2181 true", "zk2:2181 true", "zk3:2181 true"],
  ]);
  expect(findings).toContainEqual(expect.objectContaining({ text: "3 of 3 voters serve; 1 more may stop" }));
  expect(findings[0]).toMatchObject({ level: "unknown", text: expect.stringContaining("named by address") });
  const [first] = diagnose(ensemble(nameless(1, "follower"))).findings;
  expect(first?.text).toContain(
    "not read, or without a known id, as the configuration names no address for clients: server.1, server.2",
  );
});

it("words that are not permitted are named with the checks that need them, and are no good result", () => {
  const blind = (id: number, mode: string): MemberReading =>
    member(id, mode, { refused: ["mntr", "cons"], metrics: new Map(), connections: undefined });
  const { findings, level } = diagnose(ensemble(blind(1, "follower"), blind(2, "leader"), member(3, "follower")));
  const disk = findings.filter(({ check }) => check === "disk");
  expect(disk.map(({ level: each, text }) => `${each}: ${text}`)).toEqual([
    "good: writes to disk are short",
    "unknown: not looked at on server.1, server.2: add mntr to 4lw.commands.whitelist",
  ]);
  expect(level).toBe("good");
  const all = diagnose(ensemble(...[1, 2, 3].map((id) => blind(id, id === 2 ? "leader" : "follower"))));
  expect(all.findings.filter(({ check }) => check === "disk").map((each) => each.level)).toEqual(["unknown"]);
});

it("a report is one page with a sign for each check, and shows no control characters of servers", () => {
  const reading = ensemble(
    downMember(1),
    member(2, "leader", { summary: summary("leader", { version: "3.9\u001b[2J" }) }),
    member(3, "follower", { refused: ["cons"], connections: undefined }),
  );
  const lines = formatDiagnosis(diagnose(reading), { hasColors: false });
  expect(lines.join("\n")).toMatchInlineSnapshot(`
    "✗ servers           server.1: zk1:2181: connect ECONNREFUSED
    ! quorum            2 of 3 voters serve: if one more stops, no client is served; start server.1
    ✓ leader            server.2 leads
    ✓ voters            3 voters, an odd number
    ✓ configuration     2 servers have version 0x5
    ✓ settings          tickTime, initLimit, syncLimit and session timeouts are the same
    ! versions          the servers run different versions: 3.9\\u001b[2J on server.2; 3.9.4 on server.3; complete the upgrade
    ✓ lag               all servers have the leader's transactions (0x100000005)
    ✓ mode              each server that answers is in the quorum
    ✓ latency           requests take less than 100 ms on average
    ✓ disk              writes to disk are short
    ✓ outstanding       fewer than 100 requests wait
    ✓ file descriptors  the limit is far
    ✓ connections       no address is near maxClientCnxns
    ✓ watches           fewer than 500000
    ✓ znode sizes       no proposal is near jute.maxbuffer
    ✓ data              no digest of the data differs
    ✓ throttling        no connection is refused to limit load
    ? clocks            not looked at on server.2, server.3: no AdminServer answers there (admin.enableServer, --admin-port)
    ? connections       not looked at on server.3: add cons to 4lw.commands.whitelist

    may I restart it now?
      server.1  -           yes: it serves no client now
      server.2  leader      no: 1 voter of 3 would serve, which is no quorum: first start server.1
      server.3  follower    no: 1 voter of 3 would serve, which is no quorum: first start server.1

    ✗ the ensemble has problems"
  `);
  expect(lines.join("\n")).toMatch(/^[\n -~✓✗]+$/);
  expect(formatDiagnosis(diagnose(reading), { hasColors: true }).join("")).toContain("\u001b[31m✗\u001b[0m");
});
