import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readRecording, writeRecording } from "./recording.ts";

it("a recording is read as it was written, in order", async ({ onTestFinished }) => {
  const folder = await mkdtemp(join(tmpdir(), "conclave-recordings-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const transcripts = new Map([
    ["one", ["A > 1 exists", 'A < 1 +1 0 "## no heading"']],
    ["another", ["zxid +0"]],
  ]);
  await writeRecording(join(folder, "new"), "group", { server: "Apache ZooKeeper 3.8.0", transcripts });
  const read = await readRecording(join(folder, "new"), "group");
  expect(read.server).toBe("Apache ZooKeeper 3.8.0");
  expect([...read.transcripts]).toEqual([...transcripts]);
});
