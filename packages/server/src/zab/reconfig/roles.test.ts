import { describe, expect, it } from "vitest";
import { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import { roleIn, staysLeader } from "./roles.js";

const parse = (first: string) => EnsembleConfiguration.parse(`${first}\nserver.2=b:1:2\nserver.3=c:1:2:observer`);

describe("the role of a server as a learner", () => {
  it.each([
    [2n, "follower", "a participant"],
    [3n, "observer", "an observer"],
    [9n, "follower", "no member"],
  ])("%s is %s: it is %s", (id, role) => {
    expect(roleIn(parse("server.1=a:1:2"), id)).toBe(role);
  });
});

describe("a leader stays the leader in a new configuration", () => {
  it.each([
    ["server.1=a:1:2", "server.1=a:1:2", true, "nothing of it changes"],
    ["server.1=a:1:2;3", "server.1=a:1:9;4", true, "only its port for elections or clients changes"],
    ["server.1=a:1:2", "server.1=d:1:2", false, "its host changes"],
    ["server.1=a:1:2", "server.1=a:7:2", false, "its quorum port changes"],
    ["server.1=a:1:2|d:3:4", "server.1=a:1:2|d:3:5", true, "it has the same two addresses"],
    ["server.1=a:1:2|d:3:4", "server.1=a:1:2|d:7:4", false, "one of two addresses changes"],
    ["server.1=a:1:2|d:3:4", "server.1=a:1:2", false, "an address is removed"],
    ["server.1=a:1:2", "server.1=a:1:2|d:3:4", false, "an address is added"],
    ["server.1=a:1:2", "server.1=a:1:2:observer", false, "it becomes an observer"],
    ["server.1=a:1:2", "server.4=a:1:2", false, "it leaves"],
    ["server.4=a:1:2", "server.1=a:1:2", false, "it was no member before"],
  ])("%s, then %s: %s, since %s", (before, after, stays) => {
    expect(staysLeader(1n, parse(before), parse(after))).toBe(stays);
  });
});
