import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask } from "../test-support/ask.js";
import { CommandFolder, config } from "../test-support/command-folder.js";
import { sessionAndCreate } from "../test-support/session-frames.js";
import { ANSWERED_WORDS } from "./config/judge.js";

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.close());

describe("conclave server", () => {
  it("logs its address, its folder and its last transaction, and serves", async () => {
    const conclave = folder.serve(`${config}4lw.commands.whitelist=*`);
    const port = await conclave.port();
    expect(await conclave.line("serving clients")).toMatchObject({ dataDir: join(folder.path, "data"), zxid: "0x0" });
    for (const word of ANSWERED_WORDS) expect(await ask(port, word), word).not.toContain("not executed");
    expect(await ask(port, "ruok")).toBe("imok");
  });

  it("serves alone with the configuration of the official Docker image of ZooKeeper", async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, "close");
    mkdirSync(join(folder.path, "data"));
    writeFileSync(join(folder.path, "data/myid"), "1\n");
    const text = `dataDir=data\ntickTime=2000\ninitLimit=5\nsyncLimit=2\nstandaloneEnabled=true\nadmin.enableServer=false
server.1=localhost:2888:3888;${port}\n`;
    const conclave = folder.serve(text);
    expect(await conclave.port()).toBe(port);
    expect(conclave.lines.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
      "zoo.cfg:7: server.1 is the only server: it serves alone, without a quorum",
    ]);
    expect(await ask(port, "srvr")).toContain("Mode: standalone");
  });

  it("serves as a member of the ensemble that zoo.cfg and myid describe", async () => {
    const holders = Array.from({ length: 6 }, () => createServer().listen(0, "127.0.0.1"));
    await Promise.all(holders.map((holder) => once(holder, "listening")));
    const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
    await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))));
    const members = [1, 2, 3]
      .map((id) => `server.${id}=127.0.0.1:${ports[2 * id - 2]}:${ports[2 * id - 1]}\n`)
      .join("");
    const folders = [folder, new CommandFolder(), new CommandFolder()];
    try {
      const servers = folders.map((each, index) => {
        mkdirSync(join(each.path, "data"));
        writeFileSync(join(each.path, "data/myid"), `${index + 1}\n`);
        return each.serve(`${config}tickTime=500\n${members}`);
      });
      const serving = await Promise.all(servers.map((each) => each.line("serving clients")));
      expect(serving.map(({ mode }) => mode).sort()).toEqual(["follower", "follower", "leader"]);
      const modes = await Promise.all(servers.map(async (each) => ask(await each.port(), "srvr")));
      for (const [index, answer] of modes.entries()) expect(answer).toContain(`Mode: ${serving[index]!.mode}`);
    } finally {
      for (const other of folders.slice(1)) await other.close();
    }
  });

  it.each(["SIGTERM", "SIGINT"] as const)("stops on %s with exit code 0", async (signal) => {
    const conclave = folder.serve(config);
    await conclave.port();
    conclave.process.kill(signal);
    expect(await conclave.ended).toEqual({ code: 0, signal: null });
    expect(conclave.lines.at(-1)?.msg).toBe("stopped");
    expect(conclave.stderr).toBe("");
  });

  it("warns about keys without effect, and starts", async () => {
    const conclave = folder.serve(`${config}tiktime=2000\nrequestThrottleStallTime=1\n`);
    await conclave.port();
    expect(conclave.lines.filter(({ level }) => level === 40).map(({ msg }) => msg)).toEqual([
      "zoo.cfg:5: tiktime is not a key of ZooKeeper, and has no effect; did you mean tickTime?",
      expect.stringMatching(/^zoo\.cfg:6: requestThrottleStallTime has no effect/),
    ]);
  });

  it("applies system properties, and purges old snapshots", async () => {
    const snapshots = (): string[] =>
      readdirSync(join(folder.path, "data/version-2")).filter((name) => name.startsWith("snapshot."));
    const first = folder.serve(config);
    await first.port();
    first.process.kill("SIGTERM");
    await first.ended;
    const version2 = join(folder.path, "data/version-2");
    for (const zxid of ["1", "2", "3", "4"])
      copyFileSync(join(version2, "snapshot.0"), join(version2, `snapshot.${zxid}`));
    writeFileSync(join(folder.path, "zoo.cfg"), `${config}autopurge.purgeInterval=1\n`);
    const second = folder.start("server", "-D4lw.commands.whitelist=ruok", "-Dzookeeper.tickTime=700", "zoo.cfg");
    expect(await ask(await second.port(), "ruok")).toBe("imok");
    await second.line("removed old snapshots and logs");
    expect(snapshots().sort()).toEqual(["snapshot.2", "snapshot.3", "snapshot.4"]);
  });

  it("logs nothing below the given level", async () => {
    const conclave = folder.serve(`${config}4lw.commands.whitelist=*\nfoo=1\n`, "--log-level", "error");
    const folderIsThere = async (): Promise<void> => {
      while (!existsSync(join(folder.path, "data/version-2/snapshot.0")))
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
    ["a member without a myid", `${config}server.1=a:1:2\nserver.2=b:1:2\n`, "conclave: zoo.cfg: the file myid in"],
  ])("is for %s, and the folder is not touched", async (_, text, message) => {
    const conclave = folder.serve(text);
    expect(await conclave.ended).toEqual({ code: 2, signal: null });
    expect(conclave.stderr).toContain(message);
    expect(readdirSync(folder.path)).toEqual(["zoo.cfg"]);
  });

  it.each([
    [
      "a file that is not there",
      ["server", "nowhere.cfg"],
      "nowhere.cfg': write that file; the lines dataDir=<folder>",
    ],
    ["a command that is not there", ["serve"], "(Did you mean server?)"],
    ["a level that is not there", ["server", "zoo.cfg", "--log-level", "loud"], "Allowed choices are"],
    ["no file", ["check"], "missing required argument 'file'"],
  ])("is for %s", async (_, args, message) => {
    const conclave = folder.start(...args);
    expect(await conclave.ended).toEqual({ code: 2, signal: null });
    expect(conclave.stderr).toContain(message);
  });
});

describe("exit code 1", () => {
  it("is for a port that is in use", async () => {
    const first = folder.serve(config);
    const port = await first.port();
    const second = folder.serve(config.replace("=0", `=${port}`).replace("data\n", "other\n"));
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toBe(
      `conclave: cannot start: port ${port} of 127.0.0.1 is in use by another process: stop that, or set another clientPort\n`,
    );
  });

  it("is for a data folder in use, with the process of the other server", async () => {
    const first = folder.serve(config);
    const port = await first.port();
    const second = folder.start("server", "zoo.cfg");
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toMatch(/^conclave: cannot start: [^\n]*\n$/);
    expect(second.stderr).toContain(join(folder.path, "data"));
    expect(second.stderr).toContain(`process ${first.process.pid}`);
    expect(await ask(port, "srvr")).toContain("Mode: standalone");
  });

  it("is for a folder that cannot be used", async () => {
    writeFileSync(join(folder.path, "data"), "a file");
    const conclave = folder.serve(config);
    expect(await conclave.ended).toEqual({ code: 1, signal: null });
    expect(conclave.stderr).toMatch(/^conclave: cannot start: Cannot use .*data\/version-2 \(dataDir\): /);
  });

  it.skipIf(process.platform === "win32")("is for a log that can no longer be written", async () => {
    writeFileSync(join(folder.path, "zoo.cfg"), `${config}preAllocSize=0\n`);
    const conclave = folder.startOnFullDisk("server", "zoo.cfg");
    const socket = connect(await conclave.port(), "127.0.0.1").resume();
    socket.write(sessionAndCreate({ dataBytes: 100_000 }));
    expect(await conclave.ended).toEqual({ code: 1, signal: null });
    socket.destroy();
    expect(conclave.stderr).toMatch(/^conclave: stopped with an error: Cannot write to the transaction log in .*EFBIG/);
  });

  it("is for data that are damaged", async () => {
    const first = folder.serve(config);
    await first.port();
    first.process.kill("SIGTERM");
    await first.ended;
    writeFileSync(join(folder.path, "data/version-2/snapshot.0"), "broken");
    const second = folder.serve(config);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toMatch(/^conclave: cannot start: The only snapshot in .* is unreadable: /);
  });
});

describe("conclave check", () => {
  it("prints each value and all warnings, and starts no server", async () => {
    writeFileSync(join(folder.path, "zoo.cfg"), `${config}snapCount=500\nfoo=1\n`);
    const conclave = folder.start("check", "-Dzookeeper.forceSync=no", "zoo.cfg");
    expect(await conclave.ended).toEqual({ code: 0, signal: null });
    expect(conclave.stdout).toMatch(/^snapCount +500 transactions +zoo\.cfg:\d+$/m);
    expect(conclave.stdout).toMatch(/^forceSync +no +-Dzookeeper\.forceSync$/m);
    expect(conclave.stdout).toMatch(/^tickTime +3000 ms +default$/m);
    expect(conclave.stdout).toMatch(/^warning: zoo\.cfg:\d+: foo is not a key of ZooKeeper/m);
    expect(conclave.stdout).toMatch(/^note: session passwords can be derived from session ids/m);
    expect(readdirSync(folder.path)).toEqual(["zoo.cfg"]);
  });

  it("prints the problems of the configuration and of the files that it names, with exit code 2", async () => {
    writeFileSync(join(folder.path, "zoo.cfg"), `${config}tickTime=x\n`);
    const conclave = folder.start("check", "zoo.cfg");
    expect(await conclave.ended).toEqual({ code: 2, signal: null });
    expect(conclave.stderr).toContain('tickTime is "x"');
    writeFileSync(join(folder.path, "zoo.cfg"), `${config}secureClientPort=0\nssl.keyStore.location=missing.pem\n`);
    const second = folder.start("check", "--json", "zoo.cfg");
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

it("prints its version and its help, with exit code 0", async () => {
  const version = folder.start("--version");
  expect(await version.ended).toEqual({ code: 0, signal: null });
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const help = folder.start("--help");
  expect(await help.ended).toEqual({ code: 0, signal: null });
  expect(help.stdout).toContain("server [options] [file]");
});
