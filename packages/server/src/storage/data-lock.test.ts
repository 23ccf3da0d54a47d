import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@conclave/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ConclaveProcess } from "../../test-support/crash/conclave-process.js";
import { KILL_SETTINGS, settleAll, writeAndKill } from "../../test-support/crash/kill-rounds.js";
import { Writer } from "../../test-support/crash/workload.js";
import { startEnsemble } from "../ensemble.js";
import { startServer } from "../server.js";

let dataDir: string;
const running: ConclaveProcess[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "conclave-data-lock-"));
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.kill();
  await rm(dataDir, { recursive: true, force: true });
});

async function launch(): Promise<ConclaveProcess> {
  const server = await ConclaveProcess.launch(dataDir, KILL_SETTINGS);
  running.push(server);
  return server;
}

it("of two processes started at once on one folder, one serves and loses nothing, the other ends with 1", async () => {
  const random = seededRandom(13);
  const writers = [1, 2, 3].map((index) => new Writer(`/w${index}`, random));
  for (let round = 0; round < 5; round++) {
    const both = [await launch(), await launch()];
    const states = both.map((server) =>
      server.untilServing().then(
        () => true,
        () => false,
      ),
    );
    const serves = await Promise.all(states);
    expect(serves.filter(Boolean), both.map(({ output }) => output).join("\n")).toHaveLength(1);
    const [winner, loser] = serves[0] ? both : both.toReversed();
    expect(await loser!.ended).toBe(1);
    expect(loser!.output).toContain(`${join(dataDir, "version-2")} is in use by process ${winner!.pid}`);
    await settleAll(winner!.port, writers);
    await writeAndKill(winner!, writers, random);
  }
});

it("a server that works does not notice that its zoo.cfg is started again", async () => {
  const random = seededRandom(14);
  const writers = [new Writer("/w", random)];
  const first = await launch();
  await first.untilServing();
  const writing = writers[0]!.run(first.port, () => {});
  const second = await launch();
  await expect(second.untilServing()).rejects.toThrow(`is in use by process ${first.pid}`);
  expect(await second.ended).toBe(1);
  expect(writers[0]!.acknowledged).toBeGreaterThan(0);
  await first.kill();
  await writing;
  const last = await launch();
  await last.untilServing();
  await settleAll(last.port, writers);
});

it("a second embedded server is refused by the name of the folder and its own process, until the first has closed", async () => {
  const first = await startEnsemble({ dataDir });
  await expect(startServer({ dataDir })).rejects.toMatchObject({
    name: "StorageError",
    code: "locked",
    message: expect.stringContaining(`${join(dataDir, "version-2")} is in use by this process (${process.pid})`),
  });
  await first.close();
  await using _next = await startServer({ dataDir });
});

it("a dataLogDir that another server uses is refused, and the dataDir is free again then", async () => {
  const logs = join(dataDir, "logs");
  await using _first = await startServer({ dataDir: join(dataDir, "a"), dataLogDir: logs });
  const second = startServer({ dataDir: join(dataDir, "b"), dataLogDir: logs });
  await expect(second).rejects.toMatchObject({ code: "locked", path: join(logs, "version-2") });
  await using _third = await startServer({ dataDir: join(dataDir, "b") });
});
