import { once } from "node:events";
import { readdirSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { eventually } from "@conclave/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask } from "../test-support/ask.js";
import { CommandFolder, type Conclave } from "../test-support/command-folder.js";
import { sessionAndCreate } from "../test-support/session-frames.js";

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.close());

interface Server {
  readonly id: number;
  readonly connectString: string;
  readonly pid: number;
  readonly mode: string;
  readonly config: string;
}

const portOf = (connectString: string): number => Number(connectString.split(":").at(-1));
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Resolves when an ensemble with `--json` serves. */
async function served(conclave: Conclave): Promise<{ servers: Server[]; leader: Server }> {
  const { servers, leader } = (await conclave.lineWith({ event: "serving" })) as unknown as {
    servers: Server[];
    leader: number;
  };
  return { servers, leader: servers.find(({ id }) => id === leader)! };
}

/** The mode that a server itself reports. */
const modeOf = async (connectString: string): Promise<string | undefined> =>
  /^Mode: (\w+)$/m.exec(await ask(portOf(connectString), "srvr"))?.[1];

describe("conclave ensemble", () => {
  it("prints the connect string alone, then the leader; Ctrl-C stops all, a paused server too, and removes the data", async () => {
    const conclave = folder.start("ensemble");
    expect(await conclave.firstLine()).toMatch(/^(?:127\.0\.0\.1:\d+,){2}127\.0\.0\.1:\d+$/);
    await eventually(() => conclave.stdout.includes("Ctrl-C"), { what: "the list of servers" });
    const [connectString, leader, ...others] = conclave.stdout.split("\n");
    const [, address, pid] = /^leader: server\.\d \((127\.0\.0\.1:\d+), process (\d+)\)$/.exec(leader!)!;
    expect(connectString!.split(",")).toContain(address);
    expect(await modeOf(address!)).toBe("leader");
    const followers = others.flatMap((line) => /^server\.\d: .*, process (\d+), follower$/.exec(line)?.[1] ?? []);
    expect(followers).toHaveLength(2);
    process.kill(Number(followers[1]), "SIGSTOP");
    conclave.process.kill("SIGINT");
    expect(await conclave.ended).toEqual({ code: 0, signal: null });
    expect([pid, ...followers].filter((each) => isRunning(Number(each)))).toEqual([]);
    expect(readdirSync(folder.path)).toEqual([]);
    expect(conclave.stderr).toBe("");
  });

  it("reports the end of a killed leader and the next leader, and has the killed server back when it is started again", async () => {
    const conclave = folder.start("ensemble", "--json");
    const { servers, leader: killed } = await served(conclave);
    process.kill(killed.pid, "SIGKILL");
    expect(await conclave.lineWith({ event: "ended" })).toMatchObject({
      ...{ id: killed.id, pid: killed.pid, code: null, signal: "SIGKILL", output: "" },
    });
    await conclave.lineWith({ event: "leader", leader: null });
    const isNext = ({ id }: Server): boolean =>
      conclave.lines.some(({ event, leader }) => event === "leader" && leader === id);
    const next = (await eventually(() => servers.find(isNext), { what: "the next leader" }))!;
    expect(next.id).not.toBe(killed.id);
    expect(await modeOf(next.connectString)).toBe("leader");
    const again = folder.start("server", killed.config);
    expect(await again.line("serving clients")).toMatchObject({ mode: "follower" });
    again.process.kill("SIGTERM");
    await again.ended;
    conclave.process.kill("SIGTERM");
    expect(await conclave.ended).toEqual({ code: 0, signal: null });
    expect(servers.filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  it("keeps its data in --data-dir for the next start, and refuses to start twice, or with another number of servers, there", async () => {
    const first = folder.start("ensemble", "--json", "--data-dir", "kept");
    const { servers } = await served(first);
    const before = /Node count: (\d+)/.exec(await ask(portOf(servers[0]!.connectString), "srvr"))![1];
    const socket = connect(portOf(servers[0]!.connectString), "127.0.0.1").resume();
    socket.write(sessionAndCreate({ path: "/kept" }));
    const count = Number(before) + 1;
    const hasNode = async ({ connectString }: Server): Promise<boolean> =>
      (await ask(portOf(connectString), "srvr")).includes(`Node count: ${count}\n`);
    await eventually(() => hasNode(servers[0]!), { what: "the created znode" });
    socket.destroy();
    const twice = folder.start("ensemble", "--data-dir", "kept");
    expect(await twice.ended).toEqual({ code: 1, signal: null });
    expect(twice.stderr).toMatch(
      /^conclave: cannot start the ensemble: an ensemble seems to run in .*kept, as port \d+ of server\.1/,
    );
    first.process.kill("SIGTERM");
    expect(await first.ended).toEqual({ code: 0, signal: null });
    expect(readdirSync(join(folder.path, "kept"))).toEqual(["1", "2", "3"]);

    const five = folder.start("ensemble", "--servers", "5", "--data-dir", "kept");
    expect(await five.ended).toEqual({ code: 1, signal: null });
    expect(five.stderr).toMatch(
      /^conclave: cannot start the ensemble: .*kept holds the data of 3 servers: pass --servers 3/,
    );

    const second = folder.start("ensemble", "--json", "--data-dir", "kept");
    const { servers: next } = await served(second);
    for (const server of next) await eventually(() => hasNode(server), { what: `the znode on server.${server.id}` });
    second.process.kill("SIGTERM");
    await second.ended;
  });

  it("ends with exit code 1 when all its servers have ended, and reports the loss of the quorum", async () => {
    const conclave = folder.start("ensemble");
    await eventually(() => conclave.stdout.includes("Ctrl-C"), { what: "the list of servers" });
    const pids = [...conclave.stdout.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));
    for (const pid of pids.slice(0, 2)) process.kill(pid, "SIGKILL");
    await eventually(() => conclave.stdout.includes("no leader: 1 of 3 servers run; 2 are needed to elect one"), {
      what: "the loss of the quorum",
    });
    process.kill(pids[2]!, "SIGKILL");
    expect(await conclave.ended).toEqual({ code: 1, signal: null });
    expect(conclave.stderr).toBe("conclave: all servers have ended\n");
    expect(conclave.stdout).toContain(`(process ${pids[0]}) was ended by SIGKILL\n  start it again: conclave server /`);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it("leaves no server behind when it is killed itself", async () => {
    const conclave = folder.start("ensemble", "--json");
    const { servers } = await served(conclave);
    conclave.process.kill("SIGKILL");
    await conclave.ended;
    for (const { id, connectString } of servers) {
      const refused = (): Promise<boolean> =>
        ask(portOf(connectString), "srvr").then(
          () => false,
          ({ code }) => code === "ECONNREFUSED",
        );
      await eventually(refused, { what: `the end of server.${id}` });
    }
  });

  it("starts at --port upward, and refuses a port that is in use", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as AddressInfo;
    const conclave = folder.start("ensemble", "--port", String(port));
    expect(await conclave.ended).toEqual({ code: 1, signal: null });
    expect(conclave.stderr).toContain(
      `port ${port} of 127.0.0.1 is in use or not allowed: stop its server, or pass another --port`,
    );
    holder.close();
  });

  it.each([
    ["too few servers", ["--servers", "2"], "It must be a whole number from 3 to 9."],
    ["a port that is no number", ["--port", "x"], "It must be a whole number from 1 to 65535."],
    ["an unknown option", ["--sevrers", "3"], "(Did you mean --servers?)"],
  ])("ends with exit code 2 for %s", async (_, args, message) => {
    const conclave = folder.start("ensemble", ...args);
    expect(await conclave.ended).toEqual({ code: 2, signal: null });
    expect(conclave.stderr).toContain(message);
  });
});
