import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandFolder, type Conclave, config } from "../test-support/command-folder.js";
import { sessionAndCreate } from "../test-support/session-frames.js";

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.close());

/** Where the records of a log begin: a checksum, a length, as many bytes, and an end of record. */
function recordStarts(log: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 16; at + 12 <= log.length && log.readInt32BE(at + 8) > 0; at += 8 + 4 + log.readInt32BE(at + 8) + 1) {
    starts.push(at);
  }
  return starts;
}

describe("conclave log and conclave snapshot", () => {
  const golden = join(import.meta.dirname, "../../server/src/storage/golden/version-2");

  async function run(...args: string[]): Promise<Conclave> {
    const conclave = folder.start(...args);
    expect(await conclave.ended).toEqual({ code: 0, signal: null });
    return conclave;
  }
  const parsed = ({ stdout }: Conclave): Record<string, unknown>[] =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));

  it("print Apache's files, a line for each transaction and node", async () => {
    const log = (await run("log", join(golden, "log.1"))).stdout;
    expect(log).toMatch(/^\d{4}-\S+Z 0x1 session 0x\w+ cxid 0x0 createSession timeout \d+ ms {2}digest 0x\w+$/m);
    expect(log).toMatch(/ multi \[.*; .*\]/);
    expect(log).toMatch(/^23 transactions$/m);
    const snapshot = (await run("snapshot", join(golden, "snapshot.16.gz"))).stdout;
    expect(snapshot).toMatch(/^"\/" \d+ bytes version \d+ czxid 0x0 mzxid 0x\w+ /m);
    expect(snapshot).toMatch(/^\d+ nodes, \d+ sessions, digest 0x\w+ at 0x16$/m);
  });

  it.each([
    [1, "1 whole transaction follows"],
    [2, "2 whole transactions follow"],
  ])("end with exit code 1 where a log has a hole with %i transactions after it", async (count, message) => {
    const bytes = readFileSync(join(golden, "log.1"));
    const starts = recordStarts(bytes);
    const at = starts[starts.length - 1 - count]!;
    bytes.fill(0, at, at + 24);
    writeFileSync(join(folder.path, "log.1"), bytes);
    for (const args of [["log.1"], ["--json", "log.1"]]) {
      const conclave = folder.start("log", ...args);
      expect(await conclave.ended).toEqual({ code: 1, signal: null });
      expect(conclave.stderr).toBe(
        `conclave: log.1 has a hole at byte ${at}: ${message}, and a server that starts from it leaves them out\n`,
      );
    }
  });

  it("print JSON, with 64-bit integers exact and bytes in base64", async () => {
    const transactions = parsed(await run("log", "--json", join(golden, "log.1")));
    expect(transactions.map(({ zxid }) => zxid)).toEqual(
      Array.from({ length: 23 }, (_, i) => `0x${(i + 1).toString(16)}`),
    );
    expect(transactions.every(({ type }) => typeof type === "string")).toBe(true);
    const lines = parsed(await run("snapshot", "--json", join(golden, "snapshot.13")));
    expect(lines).toContainEqual(expect.objectContaining({ path: "/zookeeper/config", data: "" }));
    expect(lines.at(-1)).toMatchObject({ digest: { zxid: "0x13", version: 2 } });
  });

  it("escape control and format characters in texts of clients", async () => {
    const conclave = folder.serve(`${config}snapCount=2\n`);
    const socket = connect(await conclave.port(), "127.0.0.1");
    socket.write(sessionAndCreate({ path: "/a\u202eb", scheme: "digest", id: "x\u001b[2J\u2066:y" }));
    const snapshot = await conclave.lineWith({ msg: "wrote a snapshot", zxid: "0x2" });
    socket.destroy();
    conclave.process.kill("SIGTERM");
    await conclave.ended;
    const printed = [
      await run("log", "data/version-2/log.1"),
      await run("log", "--json", "data/version-2/log.1"),
      await run("snapshot", String(snapshot.path)),
      await run("snapshot", "--json", String(snapshot.path)),
    ];
    for (const { stdout } of printed) {
      expect(stdout).toContain(String.raw`"/a\u202eb"`);
      expect(stdout).toMatch(/^[\n -~]*$/);
    }
    expect(printed[2]!.stdout).toContain(String.raw`acl digest:"x\u001b[2J\u2066:y":31`);
  });

  it("print the part before damage and its place, with exit code 1", async () => {
    const bytes = readFileSync(join(golden, "log.1"));
    bytes[200]! ^= 1;
    writeFileSync(join(folder.path, "log.1"), bytes);
    const conclave = folder.start("log", "log.1");
    expect(await conclave.ended).toEqual({ code: 1, signal: null });
    expect(conclave.stdout).toMatch(/^\S+ 0x1 /);
    expect(conclave.stderr).toMatch(/^conclave: log\.1 is damaged: the record at byte \d+ /);
    const missing = folder.start("snapshot", "snapshot.1");
    expect(await missing.ended).toEqual({ code: 1, signal: null });
    expect(missing.stderr).toContain("snapshot.1");
  });
});
