import { expect, it } from "vitest";
import { formatServer } from "./server-address.js";

it("a server is written as host and port, with brackets around an IPv6 address", () => {
  expect(["zk.example", "10.0.0.1", "::1"].map((host) => formatServer({ host, port: 2181 }))).toEqual([
    "zk.example:2181",
    "10.0.0.1:2181",
    "[::1]:2181",
  ]);
});
