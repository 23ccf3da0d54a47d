import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { create, exists, getChildren, getData, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { fourLetterWord } from "@conclave/services";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Wire } from "../../test-support/wire/wire.js";
import { startServer, type ZooKeeperServer } from "../server.js";

const made = (path: string, flags: number) => ({ path, data: null, acl: OPEN_ACL_UNSAFE, flags });

/*
 * Each answer is read as a monitor that people run reads it: their regular expressions, restated.
 */
describe("the four-letter words of a server with two clients", () => {
  let server: ZooKeeperServer;
  let one: Wire;
  let two: Wire;
  let sessionId: string;

  const ask = (word: string): Promise<string> => fourLetterWord({ port: server.port, word });

  beforeAll(async () => {
    server = await startServer({ fourLetterWords: "*", tickTimeMs: 1000 });
    one = new Wire(server.port);
    two = new Wire(server.port);
    sessionId = `0x${(await one.connect()).sessionId.toString(16)}`;
    await two.connect();
    await one.call(create, made("/a", 0), 1);
    await one.call(create, made("/mine", 1), 2);
    await one.call(getData, { path: "/a", watch: true }, 3);
    await one.call(exists, { path: "/absent", watch: true }, 4);
    await one.call(getChildren, { path: "/a", watch: true }, 5);
    await two.call(getData, { path: "/a", watch: true }, 1);
  });
  afterAll(async () => {
    one.destroy();
    two.destroy();
    await server.close();
  });

  it("close a connection whose client disconnects in the middle of a word or a handshake", async () => {
    for (const part of ["", "ru", "\0\0\0\x2c\0"]) {
      const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
      socket.end(part);
      expect(await text(socket)).toBe("");
    }
  });

  it("ruok and isro end without a newline", async () => {
    expect(await ask("ruok")).toBe("imok");
    expect(await ask("isro")).toBe("rw");
  });

  it("stat is read by zktop: a version, a line per client, then names and values", async () => {
    const [version, clients, ...rest] = (await ask("stat")).split("\n");
    expect(/.*: (\d+\.\d+\.\d+)-.*/.exec(version!)?.[1]).toBe("3.9.5");
    expect(clients).toBe("Clients:");
    const end = rest.indexOf("");
    const sessions = rest.slice(0, end).map((line) => /\/(\d+\.\d+\.\d+\.\d+):(\d+)\[(\d+)\]\((.*)\)/.exec(line)!);
    expect(sessions).toHaveLength(3);
    const counts = Object.fromEntries(sessions[0]![4]!.split(",").map((pair) => pair.split("=")));
    expect(counts).toEqual({ queued: "0", recved: "6", sent: "6" });
    const values = new Map(rest.slice(end + 1, -1).map((line) => line.split(": ") as [string, string]));
    expect([...values.keys()]).toEqual([
      ...["Latency min/avg/max", "Received", "Sent", "Connections", "Outstanding", "Zxid", "Mode", "Node count"],
    ]);
    expect(values.get("Latency min/avg/max")).toMatch(/^\d+\/\d+\.\d+\/\d+$/);
    expect(values.get("Mode")).toBe("standalone");
    expect(values.get("Node count")).toBe("7");
    expect(BigInt(values.get("Zxid")!)).toBe(server.lastZxid);
  });

  it("srvr is stat without its clients", async () => {
    const lines = (await ask("srvr")).split("\n");
    expect(lines[0]).toMatch(/^Zookeeper version: 3\.9\.5-.*, built on \d{4}-\d\d-\d\d/);
    expect(lines[1]).toMatch(/^Latency min\/avg\/max: /);
    expect(lines.slice(-3)).toEqual(["Mode: standalone", "Node count: 7", ""]);
  });

  it("mntr is read by Telegraf: zk_, a name, a tab, a number or a word", async () => {
    const values = new Map<string, string>();
    for (const line of (await ask("mntr")).trimEnd().split("\n")) {
      const match = /^zk_(\w[\w.-]*)\s+([\w.-]+)/.exec(line);
      expect(match, line).not.toBeNull();
      values.set(match![1]!, match![2]!);
    }
    expect([...values.keys()].slice(0, 2)).toEqual(["version", "server_state"]);
    expect(values.get("server_state")).toBe("standalone");
    expect(values.get("znode_count")).toBe("7");
    expect(values.get("ephemerals_count")).toBe("1");
    expect(values.get("watch_count")).toBe("4");
    expect(values.get("global_sessions")).toBe("2");
    expect(values.get("cnt_updatelatency")).toBe("2");
    expect(values.get("avg_latency")).toMatch(/^\d+\.\d+$/);
  });

  it("envi is read by kazoo: the digits in front of zookeeper.version are the version", async () => {
    const data = await ask("envi");
    const entries = new Map(data.split("\n").map((line) => line.split(/=(.*)/s) as unknown as [string, string]));
    const digits = /^([\d.]*).*/s.exec(entries.get("zookeeper.version")!.trim())![1]!;
    expect(digits.split(".").map(Number)).toEqual([3, 9, 5]);
    expect(data.startsWith("Environment:\n")).toBe(true);
    expect(Buffer.byteLength(data)).toBeLessThan(8192);
  });

  it("conf names the settings as zoo.cfg does", async () => {
    const conf = Object.fromEntries(
      (await ask("conf"))
        .trimEnd()
        .split("\n")
        .map((line) => line.split("=")),
    );
    expect(conf).toMatchObject({
      clientPort: String(server.port),
      secureClientPort: "-1",
      tickTime: "1000",
      maxClientCnxns: "60",
      minSessionTimeout: "2000",
      maxSessionTimeout: "20000",
      serverId: "0",
    });
  });

  it("cons shows each client's session and last request", async () => {
    const line = (await ask("cons")).split("\n").find((each) => each.includes(sessionId))!;
    expect(line).toMatch(
      /^ \/127\.0\.0\.1:\d+\[1\]\(queued=0,recved=6,sent=6,sid=0x[0-9a-f]+,lop=GETC,est=\d{13},to=10000,/,
    );
    expect(line).toMatch(/,lcxid=0x5,lzxid=0x4,lresp=\d+,llat=\d+,minlat=\d+,avglat=\d+,maxlat=\d+\)$/);
  });

  it("dump lists sessions by time of expiry, ephemerals by owner, and connections", async () => {
    const dump = await ask("dump");
    expect(dump).toMatch(
      /^SessionTracker dump:\nSession Sets \(\d\)\/\(2\):\n\d expire at \w{3} \w{3} \d\d [\d:]{8} UTC \d{4}:\n\t0x/,
    );
    expect(dump).toContain(
      `ephemeral nodes dump:\nSessions with Ephemerals (1):\n${sessionId}:\n\t/mine\nConnections dump:\n`,
    );
    expect(dump).toMatch(new RegExp(`\tip: /127\\.0\\.0\\.1:\\d+ sessionId: ${sessionId}\n`));
  });

  it("dirs shows sizes, which are 0 for a server in memory", async () => {
    expect(await ask("dirs")).toBe("datadir_size: 0\nlogdir_size: 0\n");
  });

  it("wchs, wchp and wchc count and list the watches on data", async () => {
    expect(await ask("wchs")).toBe("2 connections watching 2 paths\nTotal watches:3\n");
    expect(await ask("wchp")).toMatch(/^\/a\n\t0x[0-9a-f]+\n\t0x[0-9a-f]+\n\/absent\n\t0x[0-9a-f]+\n\n$/);
    expect(await ask("wchc")).toContain(`${sessionId}\n\t/a\n\t/absent\n`);
  });

  it("show the code points of characters in paths that would hide or reverse text", async () => {
    const client = new Wire(server.port);
    await client.connect();
    await client.call(exists, { path: "/a\nb\u202ec", watch: true });
    expect(await ask("wchp")).toContain("/a\\u000ab\\u202ec\n");
    expect(await ask("wchc")).toContain("\t/a\\u000ab\\u202ec\n");
    client.destroy();
  });

  it("gtmk shows the trace mask, and stmk with eight more bytes sets it, however they arrive", async () => {
    expect(await ask("gtmk")).toBe("306");
    const wire = new Wire(server.port);
    const text = wire.text();
    for (const byte of [...Buffer.from("stmk"), 0, 0, 0, 0, 0, 0, 1, 2]) wire.raw(Uint8Array.of(byte));
    expect(await text).toBe("258");
    expect(await ask("gtmk")).toBe("258");
  });

  it("crst and srst set counts back to nothing", async () => {
    expect(await ask("crst")).toBe("Connection stats reset.\n");
    expect(await ask("cons")).toContain(`recved=0,sent=0,sid=${sessionId},lop=NA,`);
    expect(await ask("srst")).toBe("Server stats reset.\n");
    expect(await ask("srvr")).toContain("\nReceived: 1\nSent: 0\n");
  });
});

it("srvr is always answered, and a word that is not allowed gets an explanation", async () => {
  await using server = await startServer({ fourLetterWords: ["stat", "ruok"] });
  const ask = (word: string): Promise<string> => fourLetterWord({ port: server.port, word });
  expect(await ask("srvr")).toContain("Mode: standalone");
  expect(await ask("ruok")).toBe("imok");
  expect(await ask("mntr")).toBe("mntr is not executed because it is not in the whitelist.\n");
});

it("isro is answered with read-only mode, though it is not among the allowed words", async () => {
  await using server = await startServer({ readOnlyMode: true, fourLetterWords: ["ruok"] });
  expect(await fourLetterWord({ port: server.port, word: "isro" })).toBe("rw");
});

it("each word is answered in full to a client that shuts down its writing side at once", async () => {
  // On disk: some answers have to wait for it.
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-words-"));
  try {
    await using server = await startServer({ fourLetterWords: "*", dataDir });
    for (const word of ["conf", "cons", "dirs", "dump", "envi", "isro", "mntr", "ruok", "srvr", "stat", "wchs"]) {
      const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
      socket.end(word);
      const answer = await text(socket);
      const whole = await fourLetterWord({ port: server.port, word });
      expect([word, answer.split("\n").length]).toEqual([word, whole.split("\n").length]);
      expect(answer).not.toBe("");
    }
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
