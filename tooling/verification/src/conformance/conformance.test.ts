import { startServer } from "@conclave/server";
import { type FaultProxy, startFaultProxy } from "@conclave/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFORMANCE_SETUPS } from "./conformance-suite.ts";
import { countRequests } from "./record-conformance.ts";
import { readRecording, recordingsFolder } from "./recording.ts";
import { runScenario, ZxidProbe } from "./run-scenario.ts";
import { asks } from "./scenarios/scenario.ts";
import { create2 } from "./wire/wire-request.ts";

const scenario = asks("one", (at) => [create2(at("/a"), { flags: 1 })]);
/** Length of the frame, header, length of the path, path; then the Stat. */
const STAT_AT = 4 + 16 + 4 + "/n-00/a".length;
const CTIME_AT = STAT_AT + 16;
const PZXID_END = STAT_AT + 68;

describe("a server with one wrong byte in an answer", () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let proxy: FaultProxy;
  let probe: ZxidProbe;

  beforeAll(async () => {
    server = await startServer();
    proxy = await startFaultProxy({ target: server.connectString });
    probe = await ZxidProbe.connect(server.connectString);
  });
  afterAll(async () => {
    probe.close();
    await proxy.close();
    await server.close();
  });

  /** Runs the scenario with one bit of the answer to the first request inverted. */
  const transcriptWith = async (root: string, corruptedAt?: number): Promise<readonly string[]> => {
    proxy.corrupt((bytes, direction, index) => {
      if (direction === "replies" && index === 1 && corruptedAt !== undefined) bytes[corruptedAt]! ^= 1;
      return bytes;
    });
    const lines = await runScenario({ address: proxy.connectString, probe }, root, scenario);
    return lines.map((line) => line.replaceAll(root, "/root"));
  };

  it("is detected for each byte, except those of a time", async () => {
    const good = await transcriptWith("/n-00");
    const unseen: number[] = [];
    for (let at = 4; at < PZXID_END; at++) {
      const transcript = await transcriptWith(`/n-${String(at).padStart(2, "0")}`, at);
      if (transcript.join() === good.join()) unseen.push(at - CTIME_AT);
    }
    // A time may differ by an hour: bits in the lower bytes of ctime and mtime.
    expect(unseen.every((at) => at >= 0 && at < 16 && at % 8 >= 4)).toBe(true);
  });
});

it("the recordings have hundreds of scenarios and thousands of requests of one version of Apache ZooKeeper", async () => {
  const groups = CONFORMANCE_SETUPS.flatMap((setup) => setup.groups);
  const recordings = await Promise.all(groups.map(({ name }) => readRecording(recordingsFolder(), name)));
  expect(recordings.flatMap(({ transcripts }) => [...transcripts.keys()]).length).toBeGreaterThan(300);
  expect(recordings.reduce((sum, recording) => sum + countRequests(recording), 0)).toBeGreaterThan(2000);
  expect(new Set(recordings.map(({ server }) => server))).toEqual(new Set([recordings[0]!.server]));
  expect(recordings[0]!.server).toMatch(/^Apache ZooKeeper \d+\.\d+\.\d+/);
});
