import { readdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { eventually } from "@conclave/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask } from "../test-support/ask.js";
import { CommandFolder, config } from "../test-support/command-folder.js";
import { sessionAndCreate } from "../test-support/session-frames.js";

let folder: CommandFolder;
beforeEach(() => {
  folder = new CommandFolder();
});
afterEach(() => folder.close());

const portOf = (connectString: string): number => Number(/^127\.0\.0\.1:(\d+)$/.exec(connectString)![1]);

describe("conclave server without a configuration file", () => {
  it("serves from memory: prints only the connect string, writes no file, logs to standard error", async () => {
    const conclave = folder.start("server", "--memory", "--port", "0", "-D4lw.commands.whitelist=ruok");
    const connectString = await conclave.firstLine();
    expect(await ask(portOf(connectString), "ruok")).toBe("imok");
    conclave.process.kill("SIGTERM");
    expect(await conclave.ended).toEqual({ code: 0, signal: null });
    expect(conclave.stdout).toBe(`${connectString}\n`);
    expect(conclave.stderr).toContain('"msg":"serving clients"');
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it("keeps the data in --data-dir for the next start", async () => {
    const nodes = async (port: number): Promise<number> =>
      Number(/Node count: (\d+)/.exec(await ask(port, "srvr"))![1]);
    const first = folder.start("server", "--data-dir", "data", "--port", "0");
    const port = portOf(await first.firstLine());
    const before = await nodes(port);
    const socket = connect(port, "127.0.0.1").resume();
    socket.write(sessionAndCreate({}));
    await eventually(async () => (await nodes(port)) === before + 1, { what: "the created znode" });
    socket.destroy();
    first.process.kill("SIGTERM");
    await first.ended;
    const second = folder.start("server", "--data-dir", "data", "--port", String(port));
    expect(portOf(await second.firstLine())).toBe(port);
    expect(await nodes(port)).toBe(before + 1);
    const third = folder.start("server", "--memory", "--port", String(port));
    expect(await third.ended).toEqual({ code: 1, signal: null });
    expect(third.stderr).toContain(
      `cannot start: port ${port} of 127.0.0.1 is in use by another process: stop that, or set another --port`,
    );
  });

  it.each([
    ["no place for the data", ["server"], "or pass --data-dir <folder>, or --memory to lose the data at the end"],
    ["two places for the data", ["server", "--memory", "--data-dir", "d"], "--memory and --data-dir: "],
    ["options that a file replaces", ["server", "zoo.cfg", "--port", "1", "--memory"], "--port and --memory: only for"],
    ["a port out of range", ["server", "--memory", "--port", "65536"], "It must be a whole number from 0 to 65535."],
    [
      "a wrong system property",
      ["server", "--memory", "-Dzookeeper.tickTime=x"],
      '-Dzookeeper.tickTime=x: tickTime is "x"',
    ],
    ["an unknown option", ["server", "--memery"], "(Did you mean --memory?)"],
  ])("ends with exit code 2 for %s", async (_, args, message) => {
    writeFileSync(join(folder.path, "zoo.cfg"), config);
    const conclave = folder.start(...args);
    expect(await conclave.ended).toEqual({ code: 2, signal: null });
    expect(conclave.stderr).toContain(message);
    expect(readdirSync(folder.path)).toEqual(["zoo.cfg"]);
  });
});
