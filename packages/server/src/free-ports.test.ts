import { expect, it } from "vitest";
import { freePorts } from "./free-ports.js";

it("ports are different, and none can become the local port of an outgoing connection", async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  expect(ports.filter((port) => port < 10_000 || port >= 32_768)).toEqual([]);
});
