import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EnsembleConfiguration } from "./ensemble-configuration.js";

const text = (...lines: string[]): string => lines.join("\n");

/** Texts, and the ones that Apache ZooKeeper 3.8.0 writes after it has read them (QuorumPeerConfig.parseDynamicConfig). */
const GOLDEN = {
  "default roles and version": [
    text("server.1=127.0.0.1:2888:3888", "server.2=127.0.0.1:2889:3889", "server.3=127.0.0.1:2890:3890:observer"),
    text(
      "server.1=127.0.0.1:2888:3888:participant",
      "server.2=127.0.0.1:2889:3889:participant",
      "server.3=127.0.0.1:2890:3890:observer",
      "version=0",
    ),
  ],
  "client parts, and roles in capitals": [
    text(
      "server.1=127.0.0.1:2888:3888;2181",
      "server.2=127.0.0.1:2889:3889:PARTICIPANT;127.0.0.1:2182",
      "server.3=127.0.0.1:2890:3890:Observer;0.0.0.0:2183",
      "server.4=127.0.0.1:2891:3891;",
      "version=100000002",
    ),
    text(
      "server.1=127.0.0.1:2888:3888:participant;0.0.0.0:2181",
      "server.2=127.0.0.1:2889:3889:participant;127.0.0.1:2182",
      "server.3=127.0.0.1:2890:3890:observer;0.0.0.0:2183",
      "server.4=127.0.0.1:2891:3891:participant",
      "version=100000002",
    ),
  ],
  "several addresses": [
    text(
      "server.1=127.0.0.2:2888:3888|127.0.0.1:2889:3889;2181",
      "server.2=127.0.0.10:2888:3888:observer|127.0.0.9:2889:3889:observer",
      "server.3=localhost:1:2|127.0.0.1:3:4:participant",
    ),
    text(
      "server.1=127.0.0.1:2889:3889|127.0.0.2:2888:3888:participant;0.0.0.0:2181",
      "server.2=127.0.0.10:2888:3888|127.0.0.9:2889:3889:observer",
      "server.3=127.0.0.1:3:4|localhost:1:2:participant",
      "version=0",
    ),
  ],
  "IPv6 addresses": [
    text(
      "server.1=[::1]:2888:3888;2181",
      "server.2=[2001:db8::7]:2889:3889:participant;[::1]:2182",
      "server.3=[::ffff:10.0.0.1]:2890:3890;[2001:DB8:0:0:1:0:0:1]:2183",
    ),
    text(
      "server.1=[0:0:0:0:0:0:0:1]:2888:3888:participant;0.0.0.0:2181",
      "server.2=[2001:db8:0:0:0:0:0:7]:2889:3889:participant;[0:0:0:0:0:0:0:1]:2182",
      "server.3=10.0.0.1:2890:3890:participant;[2001:db8:0:0:1:0:0:1]:2183",
      "version=0",
    ),
  ],
  "ids in the order of Java's hash table": [
    text(
      "server.17=127.0.0.1:1:2",
      "server.2=127.0.0.1:3:4",
      "server.100=127.0.0.1:5:6",
      "server.5000000001=127.0.0.1:7:8",
      "server.-4=127.0.0.1:9:10",
      "version=7fffffffffffffff",
    ),
    text(
      "server.17=127.0.0.1:1:2:participant",
      "server.2=127.0.0.1:3:4:participant",
      "server.-4=127.0.0.1:9:10:participant",
      "server.100=127.0.0.1:5:6:participant",
      "server.5000000001=127.0.0.1:7:8:participant",
      "version=7fffffffffffffff",
    ),
  ],
  "a hash table that has grown": [
    text(...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 19, 33].map((id) => `server.${id}=127.0.0.1:1:2`)),
    text(
      ...[33, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 19].map((id) => `server.${id}=127.0.0.1:1:2:participant`),
      "version=0",
    ),
  ],
  "groups and weights": [
    text(
      "server.20=127.0.0.1:1:2",
      "server.3=127.0.0.1:3:4",
      "server.18=127.0.0.1:5:6",
      "server.5=127.0.0.1:7:8:observer",
      "group.17=20:3",
      "group.2=18:5",
      "weight.5=2",
      "weight.20=0",
    ),
    text(
      "server.18=127.0.0.1:5:6:participant",
      "server.3=127.0.0.1:3:4:participant",
      "server.20=127.0.0.1:1:2:participant",
      "server.5=127.0.0.1:7:8:observer",
      "group.17=3:20",
      "group.2=18:5",
      "weight.18=1",
      "weight.3=1",
      "weight.20=0",
      "weight.5=2",
      "version=0",
    ),
  ],
};

describe("the text of a configuration", () => {
  it.each(Object.entries(GOLDEN))("is written as Apache writes it: %s", (_, [read, written]) => {
    expect(String(EnsembleConfiguration.parse(read!))).toBe(written);
    expect(String(EnsembleConfiguration.parse(written!))).toBe(written);
  });

  it("has ids of one bucket of that table in ascending order", () => {
    const read = EnsembleConfiguration.parse(
      text("server.33=a:1:2", "server.17=b:1:2", "server.2=c:1:2", "server.1=d:1:2"),
    );
    expect([...String(read).matchAll(/server\.(\d+)/g)].map(([, id]) => id)).toEqual(["1", "17", "33", "2"]);
  });

  it("may have the largest ports and weights", () => {
    const read = text("server.1=a:65535:1:participant;0.0.0.0:65535", "group.1=1", "weight.1=2147483647", "version=0");
    expect(String(EnsembleConfiguration.parse(read))).toBe(read);
  });

  it("names a TLS address for clients after the other one, or without it", () => {
    const read = text("server.1=a:1:2;2181;2281", "server.2=b:1:2;;2282", "server.3=c:1:2;;[::1]:2283");
    expect(String(EnsembleConfiguration.parse(read))).toBe(
      text(
        "server.1=a:1:2:participant;0.0.0.0:2181;0.0.0.0:2281",
        "server.2=b:1:2:participant;;0.0.0.0:2282",
        "server.3=c:1:2:participant;;[0:0:0:0:0:0:0:1]:2283",
        "version=0",
      ),
    );
  });

  it("may have comments, blank lines, spaces, and line feeds of Windows", () => {
    const read = "# members\r\n! of a test\r\n\r\n server.1 = a:1:2 : observer \r\nserver.2=b:1:2\r\nversion=1A\r\n";
    expect(String(EnsembleConfiguration.parse(read.replace(" : ", ":")))).toBe(
      text("server.1=a:1:2:observer", "server.2=b:1:2:participant", "version=1a"),
    );
  });

  it("is read again as the same configuration, whatever its members, groups and weights", () => {
    const host = fc.constantFrom("a", "zoo-1.example", "10.0.0.7", "[::1]", "[2001:db8::5:0:1]", "[fe80::1%eth0]");
    const port = fc.integer({ min: 1, max: 65_535 });
    const address = fc.record({ host, quorum: port, election: port }).filter((each) => each.quorum !== each.election);
    const client = fc.option(fc.tuple(host, port), { nil: undefined });
    const member = fc.record({
      id: fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }),
      addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 3, selector: (each) => each.host }),
      role: fc.constantFrom("", ":participant", ":observer"),
      client,
      secure: client,
      group: fc.integer({ min: 1, max: 3 }),
      weight: fc.integer({ min: 0, max: 5 }),
    });
    const members = fc
      .uniqueArray(member, { minLength: 1, maxLength: 20, selector: ({ id }) => id })
      .filter((all) => all.some(({ role }) => role !== ":observer"));
    fc.assert(
      fc.property(members, fc.boolean(), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (all, hasGroups, version) => {
        const shown = (part?: [string, number]): string => (part === undefined ? ";" : `;${part[0]}:${part[1]}`);
        const servers = all.map(({ id, addresses, role, client, secure }) => {
          const parts = addresses.map((each) => `${each.host}:${each.quorum}:${each.election}${role}`);
          return `server.${id}=${parts.join("|")}${shown(client)}${shown(secure)}`;
        });
        const idsOf = (group: number) => all.filter((each) => each.group === group).map(({ id }) => id);
        const hierarchy = [
          ...[1, 2, 3]
            .filter((group) => idsOf(group).length > 0)
            .map((group) => `group.${group}=${idsOf(group).join(":")}`),
          ...all.map(({ id, weight }) => `weight.${id}=${weight}`),
        ];
        const read = text(...servers, ...(hasGroups ? hierarchy : []), `version=${version.toString(16)}`);
        const configuration = EnsembleConfiguration.parse(read);
        const again = EnsembleConfiguration.parse(String(configuration));
        expect(again.members).toEqual(configuration.members);
        expect(String(again)).toBe(String(configuration));
        for (const { id, role, weight } of all) {
          expect(again.voters.has(id)).toBe(role !== ":observer");
          expect(again.weightOf(id)).toBe(role === ":observer" ? 0 : hasGroups ? weight : 1);
        }
        expect([again.version, again.members.size]).toEqual([version, all.length]);
      }),
    );
  });

  const OTHERS = ["server.1=h:1:2", "server.2=h:3:4"];
  it.each([
    ["server.3=h:5", 3, '"h:5" is not a server\'s address; write host:quorumPort:electionPort'],
    ["server.3=h:5:6:boss", 3, '"boss" is not a role; write participant or observer'],
    ["server.3=h:5:5", 3, "port 5 is both its quorum port and its election port"],
    ["server.3=h:5:65536", 3, "65536 is not a port; write a number from 1 to 65535"],
    ["server.3=h:0:6", 3, "0 is not a port"],
    ["server.3=:5:6", 3, '"" is not a host; write a host name'],
    ["server.3=[::1::2]:5:6", 3, '"::1::2" is not a host; write a host name, an IPv4 address or [IPv6 address]'],
    ["server.3=h:5:6:observer|i:5:6:participant", 3, "its addresses have different roles"],
    ["server.3=h:5:6|h:7:8", 3, "it names the host h twice"],
    ["server.3=h:5:6;a:b:1", 3, '"a:b:1" is not an address for clients; write ;port or ;host:port'],
    ["server.3=h:5:6;65536", 3, '"65536" is not an address for clients'],
    ["server.3=h:5:6;[::g]:1", 3, '"::g" is not a host for clients'],
    ["server.3=h:5:6;;x", 3, '"x" is not an address for clients'],
    ["server.3=h:5:6;1;2;3", 3, "it has more than two client parts"],
    ["server.2=h:5:6", 3, "line 2 has the same key; remove one of the two"],
    ["server.x=h:5:6", 3, "this key is not known; remove the line, or write server.N"],
    ["server.9223372036854775808=h:5:6", 3, "9223372036854775808 has more than 64 bits"],
    ["server.-9223372036854775808=h:5:6", 3, "-9223372036854775808 has more than 64 bits"],
    ["xserver.3=h:5:6", 3, "this key is not known"],
    ["server.3x=h:5:6", 3, "this key is not known"],
    ["dataDir=/tmp", 3, "this key is not known"],
    ["server.3", 3, "it has no =; write key=value"],
    ["version=xyz", 3, '"xyz" is not a version; write a hexadecimal zxid'],
    ["version=x1", 3, '"x1" is not a version'],
    ["version=1x", 3, '"1x" is not a version'],
    ["version=8000000000000000", 3, '"8000000000000000" is not a version'],
    ["group.1=1;2", 3, '"1;2" is not the id of a server; write ids separated by colons'],
    ["group.1=1:2\ngroup.2=2", 4, "server 2 is in group 1 already; name each server in one group"],
    ["group.1=1:2:3", 3, "server 3 is not a participant; remove it, or add a line weight.3=…"],
    ["weight.1=-1", 3, '"-1" is not a weight; write a number from 0 to 2147483647'],
    ["weight.1=1x", 3, '"1x" is not a weight'],
    ["weight.1=2147483648", 3, '"2147483648" is not a weight'],
    ["group.1=1", undefined, "server 2 is in no group; add it to a line group.N=…"],
    ["weight.1=1", undefined, "server 1 is in no group"],
  ])("is refused with the number of its line, and a remedy: %s", (line, number, message) => {
    const read = () => EnsembleConfiguration.parse(text(...OTHERS, line));
    expect(read).toThrow(expect.objectContaining({ name: "ConfigurationError", line: number }));
    expect(read).toThrow(message);
    if (number !== undefined) expect(read).toThrow(`line ${number}, "${line.split("\n").at(-1)}": `);
  });

  it("may have the largest and the smallest id", () => {
    for (const id of [0x7fff_ffff_ffff_ffffn, -0x7fff_ffff_ffff_ffffn]) {
      expect(EnsembleConfiguration.parse(text(...OTHERS, `server.${id}=h:5:6`)).voters.has(id)).toBe(true);
    }
  });

  it("is refused without a participant", () => {
    expect(() => EnsembleConfiguration.parse("server.1=h:1:2:observer")).toThrow(
      "the configuration has no participant",
    );
    expect(() => EnsembleConfiguration.parse("")).toThrow("add a line server.N=host:port:port for each voter");
  });
});
