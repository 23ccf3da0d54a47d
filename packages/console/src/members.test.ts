import { expect, it } from "vitest";
import { parseMembers } from "./members.js";

it("servers of a configuration have the address that clients reach", () => {
  const lines = [
    "server.1=zk1:2888:3888:participant;0.0.0.0:2181",
    "server.2=[::1]:2888:3888:observer;2181",
    "server.3=zk3:2888:3888;10.0.0.3:2183",
    "server.4=zk4:2888:3888:participant",
    "version=100000000",
  ];
  expect(parseMembers(lines.join("\n")).map(({ id, role, address }) => [id, role, address])).toEqual([
    ["1", "participant", "zk1:2181"],
    ["2", "observer", "[::1]:2181"],
    ["3", "participant", "10.0.0.3:2183"],
    ["4", "participant", ""],
  ]);
});
