import { describe, expect, it } from "vitest";
import { parseServerLine } from "./server-line.js";

describe("a line server.N", () => {
  it.each([
    ["localhost:2888:3888", { isObserver: false }],
    ["localhost:2888:3888;2181", { isObserver: false, client: { port: 2181 } }],
    ["localhost:2888:3888;0.0.0.0:2181", { isObserver: false, client: { port: 2181 } }],
    ["zoo1:2888:3888:participant;10.0.0.1:2181", { isObserver: false, client: { address: "10.0.0.1", port: 2181 } }],
    ["zoo1:2888:3888:OBSERVER;2181", { isObserver: true, client: { port: 2181 } }],
    ["[::1]:2888:3888;[::1]:2181", { isObserver: false, client: { address: "::1", port: 2181 } }],
    ["a:2888:3888|b:2889:3889;2181", { isObserver: false, client: { port: 2181 } }],
  ])("is read: %s", (value, expected) => {
    expect(parseServerLine("1", value)).toEqual({ id: 1n, ...expected });
  });

  it.each([
    ["x", "localhost:2888:3888", "x is not the number of a server"],
    ["1", "localhost", "must be host:port:port"],
    ["1", "localhost:2888", "must be host:port:port"],
    ["1", "localhost:2888:3888;x", "must be host:port:port"],
    ["1", "localhost:2888:3888;70000", "must be host:port:port"],
    ["1", "localhost:2888:3888;2181;2182", "must be host:port:port"],
    ["1", "localhost:2888:3888:boss", "must be a participant or an observer"],
    ["1", "localhost:2888:2888", "they must differ"],
  ])("is refused: server.%s=%s", (number, value, message) => {
    expect(parseServerLine(number, value)).toContain(message);
  });
});
