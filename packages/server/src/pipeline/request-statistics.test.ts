import { describe, expect, it } from "vitest";
import { RequestStatistics } from "./request-statistics.js";

const shown = (statistics: RequestStatistics): unknown => ({
  ...statistics,
  averageLatencyMs: statistics.averageLatencyMs,
});

describe("the statistics of a connection", () => {
  it("show the last request, and the least, greatest and average latency", () => {
    const statistics = new RequestStatistics();
    statistics.answered(4, 10, 7n, 100, 6);
    expect(shown(statistics)).toEqual({
      ...{ lastOperation: 4, lastCxid: 10, lastZxid: 7n, lastResponseAt: 100 },
      ...{ lastLatencyMs: 6, minLatencyMs: 6, maxLatencyMs: 6, averageLatencyMs: 6 },
    });
    statistics.answered(5, 11, 8n, 200, 9);
    statistics.answered(3, 12, 9n, 300, 3);
    expect(shown(statistics)).toEqual({
      ...{ lastOperation: 3, lastCxid: 12, lastZxid: 9n, lastResponseAt: 300 },
      ...{ lastLatencyMs: 3, minLatencyMs: 3, maxLatencyMs: 9, averageLatencyMs: 6 },
    });
  });

  it("keep the least latency, and have an average of 0 before the first request", () => {
    const statistics = new RequestStatistics();
    expect(statistics.averageLatencyMs).toBe(0);
    for (const ms of [6, 3, 5]) statistics.answered(4, 10, 7n, 100, ms);
    expect([statistics.minLatencyMs, statistics.maxLatencyMs]).toEqual([3, 6]);
  });

  it("keep the xid of the last request that was no ping or other special one", () => {
    const statistics = new RequestStatistics();
    statistics.answered(11, -2, 7n, 100, 0);
    expect([statistics.lastCxid, statistics.lastOperation]).toEqual([-1, 11]);
    statistics.answered(4, 0, 7n, 100, 0);
    statistics.answered(11, -2, 7n, 100, 0);
    expect(statistics.lastCxid).toBe(0);
  });

  it("are those of a new connection after a reset", () => {
    const statistics = new RequestStatistics();
    statistics.answered(4, 10, 7n, 100, 6);
    statistics.reset();
    expect(shown(statistics)).toEqual(shown(new RequestStatistics()));
    statistics.answered(4, 10, 7n, 100, 8);
    expect([statistics.minLatencyMs, statistics.averageLatencyMs]).toEqual([8, 8]);
  });
});
