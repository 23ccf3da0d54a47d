import { startServer } from "@conclave/server";
import { type FaultProxy, startFaultProxy } from "@conclave/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFORMANCE_SETUPS } from "./conformance-suite.ts";
import { playScenario, ZxidProbe } from "./play-scenario.ts";
import { countRequests } from "./record-conformance.ts";
import { readRecording, recordingsFolder } from "./recording.ts";
import { asks } from "./scenario.ts";
import { create2 } from "./wire-request.ts";

const scenario = asks("one", (at) => [create2(at("/a"), { flags: 1 })]);
/** The length in front, the header, the path and its length, then the stat. */
const STAT_AT = 4 + 16 + 4 + "/n-00/a".length;
const CTIME_AT = STAT_AT + 16;
const PZXID_END = STAT_AT + 68;

describe("a server that answers one byte otherwise", () => {
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

  /** What is heard where one byte of the answer to the first request is turned over. */
  const playWith = async (root: string, spoilt?: number): Promise<readonly string[]> => {
    proxy.corrupt((bytes, direction, index) => {
      if (direction === "replies" && index === 1 && spoilt !== undefined) bytes[spoilt]! ^= 1;
      return bytes;
    });
    const lines = await playScenario({ address: proxy.connectString, probe }, root, scenario);
    return lines.map((line) => line.replaceAll(root, "/root"));
  };

  it("is caught, whichever byte it is, unless it is one of a time", async () => {
    const good = await playWith("/n-00");
    const unseen: number[] = [];
    for (let at = 4; at < PZXID_END; at++) {
      const heard = await playWith(`/n-${String(at).padStart(2, "0")}`, at);
      if (heard.join() === good.join()) unseen.push(at - CTIME_AT);
    }
    // A time may be off by an hour: bits in the lower three bytes of ctime and mtime.
    expect(unseen.every((at) => at >= 0 && at < 16 && at % 8 >= 4)).toBe(true);
  });
});

it("has hundreds of scenarios and thousands of requests, all recorded from one Apache ZooKeeper", async () => {
  const groups = CONFORMANCE_SETUPS.flatMap((setup) => setup.groups);
  const recordings = await Promise.all(groups.map(({ name }) => readRecording(recordingsFolder(), name)));
  expect(recordings.flatMap(({ transcripts }) => [...transcripts.keys()]).length).toBeGreaterThan(300);
  expect(recordings.reduce((sum, recording) => sum + countRequests(recording), 0)).toBeGreaterThan(2000);
  expect(new Set(recordings.map(({ server }) => server))).toEqual(new Set([recordings[0]!.server]));
  expect(recordings[0]!.server).toMatch(/^Apache ZooKeeper \d+\.\d+\.\d+/);
});
