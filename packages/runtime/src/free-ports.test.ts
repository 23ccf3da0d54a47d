import { createServer } from "node:net";
import { expect, it } from "vitest";
import { freePorts, isFreePort } from "./free-ports.js";
import { seededRandom } from "./random.js";

it("ports are different and free, and none can become the local port of an outgoing connection", async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  expect(ports.filter((port) => port < 10_000 || port >= 32_768)).toEqual([]);
  expect(await Promise.all(ports.map(isFreePort))).not.toContain(false);
});

it("ports that a caller has used, or another server holds, are not chosen", async () => {
  const [first] = await freePorts(1, { random: seededRandom(7) });
  const [second] = await freePorts(1, { random: seededRandom(7), used: [first!] });
  expect(second).not.toBe(first);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: first! }, resolve));
  expect(await isFreePort(first!)).toBe(false);
  expect(await freePorts(1, { random: seededRandom(7) })).not.toContain(first);
  await new Promise((resolve) => server.close(resolve));
});
