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
