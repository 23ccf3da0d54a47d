import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateMode, create, exists, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { type ApacheStandalone, fourLetterWord, startApacheStandalone } from "@conclave/services";
import { apache, describeOnApache } from "@conclave/vitest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Wire } from "../../test-support/wire/wire.js";
import { startServer, type ZooKeeperServer } from "../server.js";

/** Replaces the parts of a line that differ between two servers in the same state: versions, dates, numbers, paths. */
const shape = (line: string): string =>
  line
    .replace(/(version[:=] ?)\d+\.\d+\.\d+-\S+, built on \d{4}-\d\d-\d\d.*/, "$1VERSION")
    .replace(/\w{3} \w{3} \d\d [\d:]{8} \w+ \d{4}/, "DATE")
    .replaceAll(/0x[0-9a-f]+/g, "HEX")
    .replace(/^((?:data|dataLog)Dir)=.*/, "$1=FOLDER")
    .replaceAll(/\d+\.\d+(?:E-?\d+)?/g, "DECIMAL")
    .replaceAll(/-?\b\d+/g, "NUMBER");

/** Two clients, each with an ephemeral and a watch, one of which has a watch on children too. */
async function connectTwo(port: number): Promise<Wire[]> {
  const wires = [new Wire(port), new Wire(port)];
  for (const [index, wire] of wires.entries()) {
    await wire.connect();
    const flags = CreateMode.EPHEMERAL;
    await wire.call(create, { path: `/mine-${index}`, data: null, acl: OPEN_ACL_UNSAFE, flags }, 1);
    await wire.call(exists, { path: "/absent", watch: true }, 2);
  }
  return wires;
}

describeOnApache("the four-letter words, compared with Apache's server in the same state", () => {
  let ours: ZooKeeperServer;
  let theirs: ApacheStandalone;
  let dataDir: string;
  let wires: Wire[] = [];

  beforeAll(async () => {
    theirs = await startApacheStandalone({ apache: apache(), config: { "4lw.commands.whitelist": "*" } });
    dataDir = await mkdtemp(join(tmpdir(), "conclave-words-"));
    ours = await startServer({ fourLetterWords: "*", dataDir });
    wires = [...(await connectTwo(theirs.clientPort)), ...(await connectTwo(ours.port))];
  });
  afterAll(async () => {
    for (const wire of wires) wire.destroy();
    await ours?.close();
    await theirs?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const ask = async (word: string): Promise<readonly [ours: string, theirs: string]> => [
    await fourLetterWord({ port: ours.port, word }),
    await fourLetterWord({ port: theirs.clientPort, word }),
  ];

  it.each(["conf", "crst", "dirs", "gtmk", "isro", "ruok", "srst", "srvr", "wchc", "wchp", "wchs"])(
    "%s has the same lines in the same order",
    async (word) => {
      const [our, their] = (await ask(word)).map((answer) => answer.split("\n").map(shape));
      expect(our).toEqual(their);
    },
  );

  // Clients stand in no order; whether the one that asks is read from yet depends on the moment.
  it.each(["cons", "stat"])("%s has the same lines", async (word) => {
    const [our, their] = (await ask(word)).map((answer) =>
      answer
        .split("\n")
        .map((line) => shape(line).replace("[NUMBER]", "[OPS]"))
        .sort(),
    );
    expect(our).toEqual(their);
  });

  it("dump has the same sessions and owners; of connections, Apache also lists the one that asks", async () => {
    const [our, their] = (await ask("dump")).map((answer) => {
      // Two sessions may or may not expire at the same moment.
      const parts = answer.split(/^(?=ephemeral nodes dump|Connections dump)/m);
      return parts.map((part) => new Set(part.split("\n").map(shape)));
    });
    expect(our).toEqual(their);
  });

  it("hash has lines of Apache's form once there are that many transactions", async () => {
    const many = Array.from({ length: 140 }, (_, index) => index + 3);
    for (const wire of [wires[0]!, wires[2]!]) {
      for (const xid of many) {
        await wire.call(create, { path: `/n${xid}`, data: null, acl: OPEN_ACL_UNSAFE, flags: 0 }, xid);
      }
    }
    const [our, their] = await ask("hash");
    expect(our).toMatch(/^[0-9a-f]+: \d+\n$/);
    expect(their).toMatch(/^[0-9a-f]+: \d+\n$/);
    expect(our.split(":")[0]).toBe(their.split(":")[0]);
  });

  it("envi has Apache's keys, but for Java's, in Apache's order", async () => {
    const [our, their] = (await ask("envi")).map((answer) =>
      answer
        .split("\n")
        .map((line) => line.split("=")[0]!)
        .filter((key) => !/^(java|node)\./.test(key)),
    );
    expect(our).toEqual(their);
  });

  it("mntr has no name that Apache's has not, and each value is of Apache's kind", async () => {
    const [our, their] = (await ask("mntr")).map(
      (answer) =>
        new Map(
          answer
            .trimEnd()
            .split("\n")
            .map((line) => line.split("\t") as [string, string]),
        ),
    );
    // Counted since 3.9.
    our!.delete("zk_quota_exceeded_error_count");
    const kind = (value: string | undefined) => shape(`version: ${value}`);
    const kinds = (names: Iterable<string>, of: ReadonlyMap<string, string>) =>
      Object.fromEntries([...names].map((name) => [name, kind(of.get(name))]));
    expect(kinds(our!.keys(), our!)).toEqual(kinds(our!.keys(), their!));
    expect(our!.size).toBeGreaterThan(50);
  });
});
