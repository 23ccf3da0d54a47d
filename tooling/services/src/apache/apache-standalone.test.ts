import { once } from "node:events";
import { access, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { zkCli } from "../cli/zk-cli.ts";
import { processIsAlive } from "../process/process-is-alive.ts";
import { startApacheStandalone } from "./apache-standalone.ts";
import { fourLetterWord } from "./four-letter-word.ts";
import { itOnApache } from "./it-on-apache.ts";

itOnApache("a started server serves, and leaves no process and no folder when it is closed", async (apache) => {
  const server = await startApacheStandalone({ apache });
  const pid = server.pid!;
  expect(await server.mode()).toBe("standalone");
  expect(await fourLetterWord({ port: server.clientPort, word: "ruok" })).toBe("imok");
  await server.close();
  expect(server.pid).toBeUndefined();
  expect(processIsAlive(pid)).toBe(false);
  await expect(access(server.dataDir)).rejects.toThrow("ENOENT");
});

itOnApache("a killed server restarts on the same port with its data", async (apache) => {
  await using server = await startApacheStandalone({ apache });
  const { connectString } = server;
  const before = server.pid;
  await zkCli({ apache, connectString, commands: ["create /kept value"] });
  await server.kill();
  expect(await server.mode()).toBeUndefined();
  await server.restart();
  expect(server.pid).not.toBe(before);
  const { outputs } = await zkCli({ apache, connectString, commands: ["get /kept"] });
  expect(outputs).toEqual(["value\n"]);
});

itOnApache(
  "a server restarts after it was killed between the creation of a log and the first write to it",
  async (apache) => {
    await using server = await startApacheStandalone({ apache });
    const { connectString } = server;
    await zkCli({ apache, connectString, commands: ["create /kept value"] });
    await server.kill();
    const headless = join(server.dataDir, "version-2", "log.ffff");
    await writeFile(headless, "ZKLG");
    await server.restart();
    const { outputs } = await zkCli({ apache, connectString, commands: ["get /kept"] });
    expect(outputs).toEqual(["value\n"]);
    await expect(access(headless)).rejects.toThrow("ENOENT");
  },
);

itOnApache("a server uses a given data directory, and leaves it when it is closed", async (apache) => {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-kept-"));
  try {
    for (const command of ["create /first 1", "get /first"]) {
      await using server = await startApacheStandalone({ apache, dataDir });
      const { outputs } = await zkCli({ apache, connectString: server.connectString, commands: [command] });
      expect(outputs[0]).toBe(command.startsWith("get") ? "1\n" : "Created /first\n");
    }
    expect(await readdir(join(dataDir, "version-2"))).toContain("log.1");
  } finally {
    await rm(dataDir, { recursive: true });
  }
});

itOnApache("given settings override the default settings of a server", async (apache) => {
  await using server = await startApacheStandalone({ apache, config: { tickTime: 200, minSessionTimeout: 400 } });
  const conf = await fourLetterWord({ port: server.clientPort, word: "conf" });
  expect(conf).toContain("tickTime=200\n");
  expect(conf).toContain("minSessionTimeout=400\n");
  expect(conf).toContain("maxSessionTimeout=60000\n");
});

itOnApache("a failed start rejects with the output of Java", async (apache) => {
  const start = startApacheStandalone({ apache, config: { tickTime: "never" } });
  await expect(start).rejects.toThrow(/ended with exit code \d+.*NumberFormatException.*never/s);
});

itOnApache("a start rejects if another process answers on the given port", async (apache) => {
  const other = createServer((socket) => socket.end("Mode: standalone\n")).listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as { port: number };
  await expect(startApacheStandalone({ apache, clientPort: port })).rejects.toMatchObject({ portTaken: true });
  other.close();
});
