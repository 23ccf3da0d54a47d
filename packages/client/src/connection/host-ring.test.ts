import { seededRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { HostRing } from "./host-ring.js";

const servers = ["a", "b", "c", "d"].map((host) => ({ host, port: 2181 }));
const round = (ring: HostRing): string => servers.map(() => ring.next().host).join("");

it("the ring returns every server once per round, in the same order", () => {
  const ring = new HostRing(servers, seededRandom(3));
  const first = round(ring);
  expect([...first].sort().join("")).toBe("abcd");
  expect(round(ring)).toBe(first);
});

const named = (...hosts: string[]) => hosts.map((host) => ({ host, port: 2181 }));
/** Counts the clients per server when 6000 clients, spread evenly over `before`, get the list `after`; counts those that stayed separately. */
const rebalanced = (before: string[], after: string[]) => {
  const random = seededRandom(5);
  const clients = Object.fromEntries(after.map((host) => [host, 0]));
  let stayed = 0;
  for (let i = 0; i < 6_000; i++) {
    const ring = new HostRing(named(...before), random);
    const current = { host: before[i % before.length]!, port: 2181 };
    const moves = ring.update(named(...after), current);
    const { host } = moves ? ring.next() : current;
    if (!moves) stayed += 1;
    clients[host] = (clients[host] ?? 0) + 1;
  }
  return { clients, stayed };
};

it.each([
  ["a server joins", ["a", "b", "c"], ["a", "b", "c", "d"], 3 / 4],
  ["two servers join", ["a", "b"], ["a", "b", "c", "d"], 1 / 2],
  ["a server leaves", ["a", "b", "c", "d"], ["a", "b", "c"], 3 / 4],
  ["one is replaced", ["a", "b", "c"], ["a", "b", "d"], 2 / 3],
  ["all are replaced", ["a", "b"], ["c", "d"], 0],
  ["nothing changes", ["a", "b", "c"], ["c", "b", "a"], 1],
])(
  "when %s, the clients spread evenly over the servers, and no more of them move than necessary",
  (_name, before, after, stay) => {
    const { clients, stayed } = rebalanced(before, after);
    expect(Object.keys(clients).sort()).toEqual([...after].sort());
    for (const count of Object.values(clients)) expect(count / (6_000 / after.length)).toBeCloseTo(1, 0);
    expect(stayed / 6_000).toBeCloseTo(stay, 1);
  },
);

it("after a change of the list all its servers are tried, and the preference ends once one has accepted the session", () => {
  const ring = new HostRing(named("a", "b"), seededRandom(1));
  expect(ring.update(named("c", "d", "e"), named("a")[0])).toBe(true);
  const tried = [ring.next(), ring.next(), ring.next()].map(({ host }) => host);
  expect(tried.sort()).toEqual(["c", "d", "e"]);
  ring.settle();
  expect([ring.next(), ring.next(), ring.next()].map(({ host }) => host).sort()).toEqual(["c", "d", "e"]);
  expect(ring.update(named("x"), undefined)).toBe(false);
  expect(ring.next().host).toBe("x");
});

it("the rings of many clients have every possible order", () => {
  const random = seededRandom(11);
  const orders = new Set(Array.from({ length: 600 }, () => round(new HostRing(servers, random))));
  expect(orders.size).toBe(24);
});

/** Random numbers that are all `value`; 0 reverses an order of two servers. */
const always = (value: number) => ({ float: () => value, bytes: (length: number) => new Uint8Array(length) });

it("the preference after a change of the list ends at once when a server accepts the session", () => {
  const ring = new HostRing(named("a"), always(0));
  ring.update(named("b", "c", "d"), named("a")[0]);
  const order = ring.servers.map(({ host }) => host);
  expect(ring.next().host).toBe(order[0]);
  ring.settle();
  expect([ring.next(), ring.next(), ring.next()].map(({ host }) => host)).toEqual(order);
});

it("a ring knows its size and its servers, also after a change of the list", () => {
  const ring = new HostRing(named("a", "b"), always(0));
  expect([ring.size, ring.servers.map(({ host }) => host).sort()]).toEqual([2, ["a", "b"]]);
  ring.next();
  ring.update(named("c", "d", "e"), undefined);
  expect([ring.size, ring.servers.map(({ host }) => host).sort()]).toEqual([3, ["c", "d", "e"]]);
  expect(ring.next()).toBe(ring.servers[0]);
});

it("a client moves to an added server with the exact probability", () => {
  // One of four servers is new, so a quarter of the clients moves.
  const moves = (float: number) => {
    const ring = new HostRing(named("a", "b", "c"), always(float));
    return ring.update(named("a", "b", "c", "d"), named("a")[0]) ? ring.next().host : undefined;
  };
  expect([moves(0), moves(0.2499), moves(0.25), moves(0.999)]).toEqual(["d", "d", undefined, undefined]);
});

it("a client of a removed server moves to a kept one with the exact probability", () => {
  // Two of four servers are left of which one is new: a third of the clients of the three removed ones moves to "a".
  const moved = (float: number) => {
    const ring = new HostRing(named("a", "b", "c", "d"), always(float));
    ring.update(named("a", "e"), named("b")[0]);
    return ring.next().host;
  };
  const toAdded = 1 - (1 * (4 - 2)) / (2 * (4 - 1));
  expect([moved(0), moved(toAdded - 0.001), moved(toAdded), moved(0.999)]).toEqual(["e", "e", "a", "a"]);
});

it("the servers of a changed list are all tried, the added ones first if the client moves to them", () => {
  const ring = new HostRing(named("a", "b"), always(0));
  expect(ring.update(named("a", "b", "c", "d"), named("a")[0])).toBe(true);
  const tried = Array.from({ length: 4 }, () => ring.next().host);
  expect([tried.slice(0, 2).sort(), tried.slice(2).sort()]).toEqual([
    ["c", "d"],
    ["a", "b"],
  ]);
});

it("a ring keeps the order that was given, if that is asked for, also after a change of the list", () => {
  const ring = new HostRing(servers, always(0), "given");
  expect(round(ring)).toBe("abcd");
  ring.update(named("d", "b"), undefined);
  expect(ring.servers.map(({ host }) => host)).toEqual(["d", "b"]);
});
