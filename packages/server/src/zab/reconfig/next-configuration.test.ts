import { describe, expect, it } from "vitest";
import { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import { nextConfiguration } from "./next-configuration.js";

const LAST = EnsembleConfiguration.parse(
  ["server.1=a:1:2;3", "server.2=b:1:2;3", "server.3=c:1:2;3", "version=100000000"].join("\n"),
);
const NOTHING = { joiningServers: null, leavingServers: null, newMembers: null };
const after = (request: Partial<typeof NOTHING>, last = LAST): string =>
  nextConfiguration(last, { ...NOTHING, ...request }, 0x1_0000_0005n).toString();
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
    ["no address", { joiningServers: "server.4" }, "it has no id"],
    ["an invalid address", { joiningServers: "server.4=d:1;3" }, "is not a server's address"],
    ["no port for clients", { joiningServers: "server.4=d:1:2" }, "it has no port for clients"],
    ["an address of another server", { joiningServers: "server.4=a:2:7;9" }, "the address a:2 of server 1"],
    ["an id that is no number", { leavingServers: "one" }, '"one" is not the id'],
    ["one voter left", { leavingServers: "1,2" }, "fewer than 2 participants"],
    ["an unknown key", { newMembers: "server.1=a:1:2,server.2=b:1:2,tickTime=7" }, "this key is not known"],
    ["no participant", { newMembers: "server.1=a:1:2:observer" }, "has no participant"],
  ])("is refused: %s", (_, request, message) => {
    expect(() => after(request as never)).toThrow(message);
  });

  it("may have the same loopback address twice, as Apache's", () => {
    const last = EnsembleConfiguration.parse("server.1=127.0.0.1:1:2;3\nserver.2=127.0.0.1:4:5;6");
    expect(after(set({ joiningServers: "server.3=127.0.0.1:1:2;3" }), last)).toContain("server.3");
  });

  it("needs all members if the last one has groups", () => {
    const last = EnsembleConfiguration.parse("server.1=a:1:2\nserver.2=b:1:2\ngroup.1=1:2");
    expect(() => after(set({ leavingServers: "1" }), last)).toThrow("give all members");
  });
});
