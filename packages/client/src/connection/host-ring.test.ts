import { seededRandom } from "@conclave/runtime";
import { expect, it } from "vitest";
import { HostRing } from "./host-ring.js";

const servers = ["a", "b", "c", "d"].map((host) => ({ host, port: 2181 }));
const round = (ring: HostRing): string => servers.map(() => ring.next().host).join("");

it("gives every server once per round, in the same order each time", () => {
  const ring = new HostRing(servers, seededRandom(3));
  const first = round(ring);
  expect([...first].sort().join("")).toBe("abcd");
  expect(round(ring)).toBe(first);
});

it("spreads clients: each order comes up", () => {
  const random = seededRandom(11);
  const orders = new Set(Array.from({ length: 600 }, () => round(new HostRing(servers, random))));
  expect(orders.size).toBe(24);
});
