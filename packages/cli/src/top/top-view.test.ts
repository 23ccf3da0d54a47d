import { expect, it } from "vitest";
import { downMember, ensemble, member, summary } from "../../test-support/readings.js";
import { formatTop } from "./format-top.js";
import { topView } from "./top-view.js";

const metrics = (count: number, sum: number): ReadonlyMap<string, string> =>
  new Map([
    ...["readlatency", "updatelatency", "fsynctime"].flatMap((name): [string, string][] => [
      [`cnt_${name}`, String(count)],
      [`sum_${name}`, String(sum)],
    ]),
    ["global_sessions", "5"],
    ["watch_count", "8"],
  ]);
const before = ensemble(
  member(1, "follower", { metrics: metrics(10, 100), summary: summary("follower", { received: 100 }) }),
  member(2, "leader", { metrics: metrics(10, 100) }),
  member(3, "follower"),
);
const now = {
  ...ensemble(
    member(1, "follower", {
      ...{ metrics: metrics(14, 106), summary: summary("follower", { received: 300, zxid: 0x1_0000_0002n }) },
    }),
    member(2, "leader", { metrics: metrics(3, 1), summary: summary("leader", { received: 20, zxid: 0x1_0000_0009n }) }),
    downMember(3),
  ),
  atMs: 3_000,
};

it("rates and averages are those between two readings, and unknown after a restart", () => {
  const { rows, leader, requestsPerSecond } = topView(before, now);
  expect([leader, requestsPerSecond]).toEqual(["server.2", 100]);
  expect(rows[0]).toMatchObject({ requestsPerSecond: 100, readMs: 1.5, fsyncMs: 1.5, lag: 7, sessions: 5, watches: 8 });
  expect(rows[1]).toMatchObject({ requestsPerSecond: undefined, writeMs: undefined, lag: 0 });
  expect(rows[2]).toMatchObject({ mode: "down", failure: "connect ECONNREFUSED", lag: undefined });
});

it("a page has a line for each server, is cut at the width, and names what is not permitted", () => {
  const view = topView(before, now);
  expect(formatTop(view, "zk1:2181").join("\n")).toMatchInlineSnapshot(`
    "1970-01-01T00:00:03.000Z  zk1:2181
    2 of 3 servers answer, leader server.2, 100 requests/s

    server    mode      address   req/s  read ms  write ms  fsync ms  waiting  lag  conns  sessions  watches  znodes  files
    server.1  follower  zk1:2181    100     1.50      1.50      1.50        0    7      1         5        8       7      -
    server.2  leader    zk2:2181      -        -         -         -        0    0      1         5        8       7      -
    server.3  down      zk3:2181      -        -         -         -        -    -      -         -        -       -      -

    server.3: connect ECONNREFUSED"
  `);
  expect(Math.max(...formatTop(view, "zk1:2181", 40).map((line) => line.length))).toBe(40);
  const blind = ensemble(member(1, "leader\u001b", { refused: ["mntr"], metrics: new Map() }));
  const page = formatTop(topView(blind, blind), "zk1:2181").join("\n");
  expect(page).toContain("add mntr to 4lw.commands.whitelist of server.1");
  expect(page).toMatch(/^[\n -~]+$/);
});
