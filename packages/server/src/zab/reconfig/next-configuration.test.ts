import { describe, expect, it } from "vitest";
import { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import { nextConfiguration } from "./next-configuration.js";

const LAST = EnsembleConfiguration.parse(
  ["server.1=a:1:2;3", "server.2=b:1:2;3", "server.3=c:1:2;3", "version=100000000"].join("\n"),
);
const NOTHING = { joiningServers: null, leavingServers: null, newMembers: null };
const after = (request: Partial<typeof NOTHING>, last = LAST): string =>
  nextConfiguration(last, { ...NOTHING, ...request }, 0x1_0000_0005n, 2).toString();
const set = (fields: Record<string, string>): Partial<typeof NOTHING> => fields as never;

describe("the next configuration", () => {
  it("has the servers that join, at the version of its record", () => {
    expect(after(set({ joiningServers: "server.4=d:1:2:observer;3, server.5 = e:1:2;4" }))).toBe(
      [
        "server.1=a:1:2:participant;0.0.0.0:3",
        "server.2=b:1:2:participant;0.0.0.0:3",
        "server.3=c:1:2:participant;0.0.0.0:3",
        "server.4=d:1:2:observer;0.0.0.0:3",
        "server.5=e:1:2:participant;0.0.0.0:4",
        "version=100000005",
      ].join("\n"),
    );
  });

  it("lacks the servers that leave, also unknown ones", () => {
    const text = after(set({ leavingServers: "3, 9" }));
    expect(text).not.toContain("server.3");
    expect(text.split("\n")).toHaveLength(3);
  });

  it.each(["3", "+3", " 3 ", "3,", "3, ", ",,3", "-3,3,-9223372036854775807"])(
    "lacks server 3 if %j leave",
    (leavingServers) => {
      const members = [...nextConfiguration(LAST, { ...NOTHING, ...set({ leavingServers }) }, 5n).members.keys()];
      expect(members).toEqual([1n, 2n]);
    },
  );

  it.each([
    ["server.14=d:1:2;3", 14n],
    ["+14 =d:1:2;3", 14n],
    ["-14=d:1:2;3", -14n],
    ["a.b.14\t= d:1:2;3", 14n],
    ["server.9223372036854775807=d:1:2;3", 9_223_372_036_854_775_807n],
  ])("has the server that joins as %j", (joiningServers, id) => {
    const next = nextConfiguration(LAST, { ...NOTHING, ...set({ joiningServers }) }, 5n);
    expect([...next.members.keys()]).toEqual([1n, 2n, 3n, id]);
  });

  it("may have a server with a port for clients that use TLS alone", () => {
    expect(after(set({ joiningServers: "server.4=d:1:2;;9" }))).toContain("server.4=d:1:2:participant;;0.0.0.0:9");
  });

  it("has the new role or address of a server that joins again", () => {
    expect(after(set({ joiningServers: "server.3=c:1:2:observer;3" }))).toContain("server.3=c:1:2:observer");
    expect(after(set({ joiningServers: "server.3=x:7:8;3", leavingServers: "3" }))).toContain("server.3=x:7:8");
  });

  it("consists of the new members, whatever it was before; commas separate lines", () => {
    const newMembers = "server.1=a:1:2,server.7=g:1:2,group.1=1:7,version=9";
    expect(after(set({ newMembers }))).toBe(
      [
        ...["server.1=a:1:2:participant", "server.7=g:1:2:participant", "group.1=1:7", "weight.1=1", "weight.7=1"],
        "version=100000005",
      ].join("\n"),
    );
  });

  it("has the members of the last one if nothing is asked for", () => {
    expect(nextConfiguration(LAST, NOTHING, 5n).hasSameMembers(LAST)).toBe(true);
  });

  it.each([
    [
      "no address",
      { joiningServers: "server.4" },
      "it has no id; write server.N=host:quorumPort:electionPort;clientPort",
    ],
    ["a word between id and address", { joiningServers: "server.4 or=d:1:2;3" }, "it has no id"],
    ["two addresses", { joiningServers: "server.4=d:1:2;3=5" }, "it has no id"],
    ["an id with a name after a sign", { joiningServers: "=server.4=d:1:2;3" }, "it has no id"],
    ["a longer id than 64 bits", { joiningServers: "server.92233720368547758070=d:1:2;3" }, "it has no id"],
    ["an invalid address", { joiningServers: "server.4=d:1;3" }, "is not a server's address"],
    ["no port for clients", { joiningServers: "server.4=d:1:2" }, "it has no port for clients"],
    [
      "an address of another server",
      { joiningServers: "server.4=a:2:7;9" },
      "server 4 has the address a:2 of server 1",
    ],
    ["an election address of another server", { joiningServers: "server.4=a:7:1;9" }, "the address a:1 of server 1"],
    ["an address for clients of another server", { joiningServers: "4=d:1:2;e:3,5=e:1:2;e:3" }, "the address e:3"],
    [
      "an address for TLS clients of another server",
      { joiningServers: "4=d:1:2;;e:3,5=e:1:2;;e:3" },
      "the address e:3",
    ],
    ["an id that is no number", { leavingServers: "one" }, '"one" is not the id'],
    ["an id with a word after it", { leavingServers: "3 one" }, '"3 one" is not the id'],
    ["an id with a word before it", { leavingServers: "one 3" }, '"one 3" is not the id'],
    ["a longer number than 64 bits", { leavingServers: "92233720368547758070" }, "is not the id of a server"],
    ["one voter left", { leavingServers: "1,2" }, "fewer than 2 participants"],
    ["an unknown key", { newMembers: "server.1=a:1:2,server.2=b:1:2,tickTime=7" }, "this key is not known"],
    ["no participant", { newMembers: "server.1=a:1:2:observer" }, "has no participant"],
  ])("is refused: %s", (_, request, message) => {
    expect(() => after(request as never)).toThrow(message);
  });

  it.each(["127.0.0.1", "127.9.9.9", "localhost", "0.0.0.0", "[::1]", "[::]"])(
    "may have %s twice, as Apache's: it is another machine on each server",
    (host) => {
      const last = EnsembleConfiguration.parse(`server.1=${host}:1:2;3\nserver.2=${host}:4:5;6`);
      expect(after(set({ joiningServers: `server.3=${host}:1:2;3` }), last)).toContain("server.3");
    },
  );

  it.each([
    "localhost.example",
    "my-localhost",
    "10.127.0.1",
    "10.0.0.0",
    "0.0.0.0.example",
    "[::2]",
    "[::1f]",
    "[1::1]",
    "[::1:0]",
  ])("must not have %s twice", (host) => {
    const last = EnsembleConfiguration.parse(`server.1=${host}:1:2;3\nserver.2=b:4:5;6`);
    const joining = set({ joiningServers: `server.3=${host}:1:7;3` });
    expect(() => after(joining, last)).toThrow("server 3 has the address");
  });

  it("needs all members if the last one has groups", () => {
    const last = EnsembleConfiguration.parse("server.1=a:1:2\nserver.2=b:1:2\ngroup.1=1:2");
    expect(() => after(set({ leavingServers: "1" }), last)).toThrow("give all members");
  });
});
