import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ANSWERED_WORDS } from "./config/judge.js";

const command = join(import.meta.dirname, "../bin/conclave.js");
const built = join(import.meta.dirname, "../dist/main.js");

let folder: string;
const running = new Set<ChildProcess>();
beforeAll(() => {
  if (!existsSync(built))
    throw new Error(`${built} is missing: these tests run the built command; run "pnpm build" first`);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-cli-"));
});
afterEach(async () => {
  for (const process of running) process.kill("SIGKILL");
  running.clear();
  rmSync(folder, { recursive: true });
});

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The command as a process of its own, and what it says. */
class Conclave {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  stdout = "";
  stderr = "";

  constructor(...args: readonly string[]) {
    this.process = this.spawn([process.execPath, command, ...args]);
    running.add(this.process);
    this.process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.process, "close").then(([code, signal]) => ({ code, signal }));
  }

  protected spawn([program, ...args]: readonly string[]): ChildProcess {
    return spawn(program!, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  }

  static withConfig(text: string, ...args: readonly string[]): Conclave {
    writeFileSync(join(folder, "zoo.cfg"), text);
    return new Conclave("server", "zoo.cfg", ...args);
  }

  get lines(): Line[] {
    return this.stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }

  /** The first line with this message, once it is there. */
  line(msg: string): Promise<Line> {
    return this.lineWith({ msg });
  }

  /** The first line with these fields, once it is there. */
  async lineWith(fields: Readonly<Record<string, unknown>>): Promise<Line> {
    for (;;) {
      const found = this.lines.find((line) => Object.entries(fields).every(([key, value]) => line[key] === value));
      if (found !== undefined) return found;
      const end = await Promise.race([once(this.process.stdout!, "data").then(() => undefined), this.ended]);
      if (end === undefined) continue;
      const wanted = JSON.stringify(fields);
      throw new Error(`it ended (${end.code ?? end.signal}) without ${wanted}:\n${this.stdout}${this.stderr}`);
    }
  }

  async port(): Promise<number> {
    const { connectString } = await this.line("serving clients");
    return Number(/:(\d+)$/.exec(String(connectString))![1]);
  }
}

/** A command whose files the kernel refuses to make larger than 64 blocks, at most 64 KiB. */
class ConclaveOnFullDisk extends Conclave {
  protected override spawn(command: readonly string[]): ChildProcess {
    return super.spawn(["sh", "-c", 'ulimit -f 64 && exec "$0" "$@"', ...command]);
  }
}

/** The frames of a client that begins a session and creates a znode with one entry in its ACL. */
function sessionAndCreate({ path = "/a", dataBytes = 0, scheme = "world", id = "anyone" }): Buffer {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const sized = (bytes: Buffer): Buffer => Buffer.concat([int(bytes.length), bytes]);
  const handshake = Buffer.concat([Buffer.alloc(12), int(10_000), Buffer.alloc(8), sized(Buffer.alloc(16))]);
  const acl = [int(1), int(31), sized(Buffer.from(scheme)), sized(Buffer.from(id))];
  const create = [int(1), int(1), sized(Buffer.from(path)), sized(Buffer.alloc(dataBytes)), ...acl, int(0)];
  return Buffer.concat([sized(handshake), sized(Buffer.concat(create))]);
}

/** Where the records of a log begin: a checksum, a length, as many bytes, and an end of record. */
function recordStarts(log: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 16; at + 12 <= log.length && log.readInt32BE(at + 8) > 0; at += 8 + 4 + log.readInt32BE(at + 8) + 1) {
    starts.push(at);
  }
  return starts;
}

async function ask(port: number, word: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  socket.write(word);
  let answer = "";
  for await (const text of socket) answer += text;
  return answer;
}

const config = "clientPort=0\nclientPortAddress=127.0.0.1\ndataDir=data\nadmin.enableServer=false\n";

describe("conclave server", () => {
  it("logs its address, its folder and its last transaction, and serves", async () => {
    const conclave = Conclave.withConfig(`${config}4lw.commands.whitelist=*`);
    const port = await conclave.port();
    expect(await conclave.line("serving clients")).toMatchObject({ dataDir: join(folder, "data"), zxid: "0x0" });
    for (const word of ANSWERED_WORDS) expect(await ask(port, word), word).not.toContain("not executed");
    expect(await ask(port, "ruok")).toBe("imok");
  });

  it("serves alone with the configuration of the official Docker image of ZooKeeper", async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, "close");
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data/myid"), "1\n");
    const text = `dataDir=data\ntickTime=2000\ninitLimit=5\nsyncLimit=2\nstandaloneEnabled=true\nadmin.enableServer=false
server.1=localhost:2888:3888;${port}\n`;
    const conclave = Conclave.withConfig(text);
    expect(await conclave.port()).toBe(port);
    expect(conclave.lines.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
      "zoo.cfg:7: server.1 is the only server: it serves alone, without a quorum",
    ]);
    expect(await ask(port, "srvr")).toContain("Mode: standalone");
  });

  it.each(["SIGTERM", "SIGINT"] as const)("stops on %s with exit code 0", async (signal) => {
    const conclave = Conclave.withConfig(config);
    await conclave.port();
    conclave.process.kill(signal);
    expect(await conclave.ended).toEqual({ code: 0, signal: null });
    expect(conclave.lines.at(-1)?.msg).toBe("stopped");
    expect(conclave.stderr).toBe("");
  });

  it("warns about keys without effect, and starts", async () => {
    const conclave = Conclave.withConfig(`${config}tiktime=2000\nrequestThrottleStallTime=1\n`);
    await conclave.port();
    expect(conclave.lines.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
      "zoo.cfg:5: tiktime is not a key of ZooKeeper, and has no effect; did you mean tickTime?",
      expect.stringMatching(/^zoo\.cfg:6: requestThrottleStallTime has no effect/),
    ]);
  });

  it("applies system properties, and purges old snapshots", async () => {
    const snapshots = (): string[] =>
      readdirSync(join(folder, "data/version-2")).filter((name) => name.startsWith("snapshot."));
    const first = Conclave.withConfig(config);
    await first.port();
    first.process.kill("SIGTERM");
    await first.ended;
    const version2 = join(folder, "data/version-2");
    for (const zxid of ["1", "2", "3", "4"])
      copyFileSync(join(version2, "snapshot.0"), join(version2, `snapshot.${zxid}`));
    writeFileSync(join(folder, "zoo.cfg"), `${config}autopurge.purgeInterval=1\n`);
    const second = new Conclave("server", "-D4lw.commands.whitelist=ruok", "-Dzookeeper.tickTime=700", "zoo.cfg");
    expect(await ask(await second.port(), "ruok")).toBe("imok");
    await second.line("removed old snapshots and logs");
    expect(snapshots().sort()).toEqual(["snapshot.2", "snapshot.3", "snapshot.4"]);
  });

  it("logs nothing below the given level", async () => {
    const conclave = Conclave.withConfig(`${config}4lw.commands.whitelist=*\nfoo=1\n`, "--log-level", "error");
    const folderIsThere = async (): Promise<void> => {
      while (!existsSync(join(folder, "data/version-2/snapshot.0")))
        await new Promise((resolve) => setImmediate(resolve));
    };
    await Promise.race([folderIsThere(), conclave.ended]);
    conclave.process.kill("SIGTERM");
    await conclave.ended;
    expect(conclave.stdout).toBe("");
  });
});

describe("exit code 2", () => {
  it.each([
    ["a wrong value", "clientPort=abc\ndataDir=data\n", 'conclave: zoo.cfg:1: clientPort is "abc"'],
    ["an ensemble", `${config}server.1=a:1:2\nserver.2=b:1:2\n`, "conclave: zoo.cfg:5: 2 servers"],
  ])("is for %s, and the folder is not touched", async (_, text, message) => {
    const conclave = Conclave.withConfig(text);
    expect(await conclave.ended).toEqual({ code: 2, signal: null });
    expect(conclave.stderr).toContain(message);
    expect(readdirSync(folder)).toEqual(["zoo.cfg"]);
  });

  it.each([
    ["a file that is not there", ["server", "nowhere.cfg"], "nowhere.cfg"],
    ["a command that is not there", ["serve"], "(Did you mean server?)"],
    ["a level that is not there", ["server", "zoo.cfg", "--log-level", "loud"], "Allowed choices are"],
    ["no file", ["server"], "missing required argument 'file'"],
  ])("is for %s", async (_, args, message) => {
    const conclave = new Conclave(...args);
    expect(await conclave.ended).toEqual({ code: 2, signal: null });
    expect(conclave.stderr).toContain(message);
  });
});

describe("exit code 1", () => {
  it("is for a port that is in use", async () => {
    const first = Conclave.withConfig(config);
    const port = await first.port();
    const second = Conclave.withConfig(config.replace("=0", `=${port}`).replace("data\n", "other\n"));
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toBe(
      `conclave: cannot start: port ${port} of 127.0.0.1 is in use by another process: stop that, or set another clientPort\n`,
    );
  });

  it("is for a data folder in use, with the process of the other server", async () => {
    const first = Conclave.withConfig(config);
    const port = await first.port();
    const second = new Conclave("server", "zoo.cfg");
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toMatch(/^conclave: cannot start: [^\n]*\n$/);
    expect(second.stderr).toContain(join(folder, "data"));
    expect(second.stderr).toContain(`process ${first.process.pid}`);
    expect(await ask(port, "srvr")).toContain("Mode: standalone");
  });

  it("is for a folder that cannot be used", async () => {
    writeFileSync(join(folder, "data"), "a file");
    const conclave = Conclave.withConfig(config);
    expect(await conclave.ended).toEqual({ code: 1, signal: null });
    expect(conclave.stderr).toMatch(/^conclave: cannot start: Cannot use .*data\/version-2 \(dataDir\): /);
  });

  it.skipIf(process.platform === "win32")("is for a log that can no longer be written", async () => {
    writeFileSync(join(folder, "zoo.cfg"), `${config}preAllocSize=0\n`);
    const conclave = new ConclaveOnFullDisk("server", "zoo.cfg");
    const socket = connect(await conclave.port(), "127.0.0.1").resume();
    socket.write(sessionAndCreate({ dataBytes: 100_000 }));
    expect(await conclave.ended).toEqual({ code: 1, signal: null });
    socket.destroy();
    expect(conclave.stderr).toMatch(/^conclave: stopped with an error: Cannot write to the transaction log in .*EFBIG/);
  });

  it("is for data that are damaged", async () => {
    const first = Conclave.withConfig(config);
    await first.port();
    first.process.kill("SIGTERM");
    await first.ended;
    writeFileSync(join(folder, "data/version-2/snapshot.0"), "broken");
    const second = Conclave.withConfig(config);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toMatch(/^conclave: cannot start: The only snapshot in .* is unreadable: /);
  });
});

describe("conclave check", () => {
  it("prints each value and all warnings, and starts no server", async () => {
    writeFileSync(join(folder, "zoo.cfg"), `${config}snapCount=500\nfoo=1\n`);
    const conclave = new Conclave("check", "-Dzookeeper.forceSync=no", "zoo.cfg");
    expect(await conclave.ended).toEqual({ code: 0, signal: null });
    expect(conclave.stdout).toMatch(/^snapCount +500 transactions +zoo\.cfg:\d+$/m);
    expect(conclave.stdout).toMatch(/^forceSync +no +-Dzookeeper\.forceSync$/m);
    expect(conclave.stdout).toMatch(/^tickTime +3000 ms +default$/m);
    expect(conclave.stdout).toMatch(/^warning: zoo\.cfg:\d+: foo is not a key of ZooKeeper/m);
    expect(conclave.stdout).toMatch(/^note: session passwords can be derived from session ids/m);
    expect(readdirSync(folder)).toEqual(["zoo.cfg"]);
  });

  it("prints the problems of the configuration and of the files that it names, with exit code 2", async () => {
    writeFileSync(join(folder, "zoo.cfg"), `${config}tickTime=x\n`);
    const conclave = new Conclave("check", "zoo.cfg");
    expect(await conclave.ended).toEqual({ code: 2, signal: null });
    expect(conclave.stderr).toContain('tickTime is "x"');
    writeFileSync(join(folder, "zoo.cfg"), `${config}secureClientPort=0\nssl.keyStore.location=missing.pem\n`);
    const second = new Conclave("check", "--json", "zoo.cfg");
    expect(await second.ended).toEqual({ code: 2, signal: null });
    expect(second.stderr).toContain("missing.pem");
    expect(
      second.stdout
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line).key),
    ).toContain("secureClientPort");
  });
});

describe("conclave log and conclave snapshot", () => {
  const golden = join(import.meta.dirname, "../../server/src/storage/golden/version-2");

  async function run(...args: string[]): Promise<Conclave> {
    const conclave = new Conclave(...args);
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
    writeFileSync(join(folder, "log.1"), bytes);
    for (const args of [["log.1"], ["--json", "log.1"]]) {
      const conclave = new Conclave("log", ...args);
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
    const conclave = Conclave.withConfig(`${config}snapCount=2\n`);
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
    writeFileSync(join(folder, "log.1"), bytes);
    const conclave = new Conclave("log", "log.1");
    expect(await conclave.ended).toEqual({ code: 1, signal: null });
    expect(conclave.stdout).toMatch(/^\S+ 0x1 /);
    expect(conclave.stderr).toMatch(/^conclave: log\.1 is damaged: the record at byte \d+ /);
    const missing = new Conclave("snapshot", "snapshot.1");
    expect(await missing.ended).toEqual({ code: 1, signal: null });
    expect(missing.stderr).toContain("snapshot.1");
  });
});

it("prints its version and its help, with exit code 0", async () => {
  const version = new Conclave("--version");
  expect(await version.ended).toEqual({ code: 0, signal: null });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const help = new Conclave("--help");
  expect(await help.ended).toEqual({ code: 0, signal: null });
  expect(help.stdout).toContain("server [options] <file>");
});
