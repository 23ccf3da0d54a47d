import { describe, expect, it } from "vitest";
import { EnsembleConfiguration } from "./ensemble-configuration.js";
import { QuorumSet } from "./quorum-set.js";

function configuration(version: number, ids: readonly number[], ...more: string[]): EnsembleConfiguration {
  const servers = ids.map((id) => `server.${id}=s${id}:2888:3888`);
  return EnsembleConfiguration.parse([...servers, ...more, `version=${version.toString(16)}`].join("\n"));
}

const old = configuration(1, [1, 2, 3]);
const next = configuration(2, [3, 4, 5]);

describe("a set of quorums", () => {
  it("needs a quorum of the active configuration alone while nothing is proposed", () => {
    const set = new QuorumSet(old);
    expect([set.isQuorum([1n, 2n]), set.isQuorum([3n, 4n, 5n])]).toEqual([true, false]);
    expect([set.lastSeen, [...set.voters]]).toEqual([old, [1n, 2n, 3n]]);
  });

  it("needs a quorum of both configurations while a newer one is proposed", () => {
    const set = new QuorumSet(old).propose(next);
    expect(set.isQuorum([1n, 2n])).toBe(false);
    expect(set.isQuorum([4n, 5n])).toBe(false);
    expect(set.isQuorum([1n, 3n, 4n])).toBe(true);
    expect([set.lastSeen, [...set.voters]]).toEqual([next, [1n, 2n, 3n, 4n, 5n]]);
  });

  it("has the members of both configurations, observers too", () => {
    const set = new QuorumSet(old, configuration(2, [3], "server.9=s9:2888:3888:observer"));
    expect([1n, 3n, 9n, 4n].map((id) => set.isMember(id))).toEqual([true, true, true, false]);
  });

  it("has reached the lesser of the positions that quorums of both have reached", () => {
    const positions = new Map([
      [1n, 9n],
      [2n, 8n],
      [3n, 2n],
      [4n, 5n],
    ]);
    expect(new QuorumSet(old).quorumPosition(positions)).toBe(8n);
    expect(new QuorumSet(next).quorumPosition(positions)).toBe(2n);
    expect(new QuorumSet(old, next).quorumPosition(positions)).toBe(2n);
    const ahead = new Map([3n, 4n, 5n].map((id) => [id, 7n]));
    expect(new QuorumSet(old, next).quorumPosition(ahead)).toBe(0n);
  });

  it("ignores a proposed configuration that is not newer than the active one", () => {
    expect(new QuorumSet(next, old).configurations).toEqual([next]);
    expect(new QuorumSet(next).propose(next).proposed).toBeUndefined();
  });

  it("activates a proposed configuration, and never goes back to an older one", () => {
    const set = new QuorumSet(old, next).activate(next);
    expect(set.configurations).toEqual([next]);
    expect([set.activate(old), set.activate(next)]).toEqual([set, set]);
    expect(set.activate(next)).toBe(set);
    const newest = configuration(3, [5]);
    expect(new QuorumSet(old, newest).activate(next).configurations).toEqual([next, newest]);
  });

  it("knows the addresses of a server in both configurations, each once", () => {
    const moved = configuration(2, [1, 4], "server.2=s2:2888:3889", "server.3=s9:2888:3888|s3:2888:3888");
    const hostsOf = (id: bigint) =>
      new QuorumSet(old, moved).addressesOf(id).map(({ host, electionPort }) => `${host}:${electionPort}`);
    expect([1n, 2n, 3n, 4n, 5n].map(hostsOf)).toEqual([
      ["s1:3888"],
      ["s2:3888", "s2:3889"],
      ["s3:3888", "s9:3888"],
      ["s4:3888"],
      [],
    ]);
  });

  it("lets voters of either configuration lead, unless their weight in the active one is 0", () => {
    const weighted = configuration(1, [1, 2, 3], "group.1=1:2:3", "weight.2=0");
    const set = new QuorumSet(weighted, configuration(2, [2, 4], "server.6=s6:1:2:observer"));
    expect([1n, 2n, 3n, 4n, 5n, 6n].map((id) => set.canLead(id))).toEqual([true, false, true, true, false, false]);
  });
});

describe("a configuration", () => {
  it("has the same members at another version", () => {
    expect(old.withVersion(7n).version).toBe(7n);
    expect(old.withVersion(7n).hasSameMembers(old)).toBe(true);
    expect(next.hasSameMembers(old)).toBe(false);
  });

  it("differs when an address, a role or a weight differs", () => {
    const base = ["server.1=a:1:2", "server.2=b:1:2", "server.3=c:1:2"];
    const read = (...lines: string[]) => EnsembleConfiguration.parse(lines.join("\n"));
    const grouped = read(...base, "group.1=1:2:3");
    expect(read(...base.toReversed()).hasSameMembers(read(...base))).toBe(true);
    for (const other of [
      read("server.1=a:1:3", ...base.slice(1)),
      read("server.1=a:1:2:observer", ...base.slice(1)),
      read("server.1=a:1:2;2181", ...base.slice(1)),
      grouped,
    ]) {
      expect(other.hasSameMembers(read(...base))).toBe(false);
    }
    expect(read(...base, "group.1=1:2:3", "weight.1=2").hasSameMembers(grouped)).toBe(false);
  });

  it("lists voters and observers", () => {
    const read = EnsembleConfiguration.parse("server.1=a:1:2:observer\nserver.2=b:1:2");
    expect([[...read.voters], [...read.observers], read.members.get(1n)?.role]).toEqual([[2n], [1n], "observer"]);
  });
});
