import { describe, expect, it } from "vitest";
import { ServerStats } from "./server-stats.js";

const shown = ({ latency, readLatency, writeLatency }: ServerStats): number[][] =>
  [latency, readLatency, writeLatency].map(({ count, sum }) => [count, sum]);

describe("the statistics of a server", () => {
  it("count reads and writes apart and together", () => {
    const stats = new ServerStats();
    stats.answeredRead(5);
    stats.answeredWrite(7);
    stats.answeredRead(0);
    stats.answeredRead(0);
    expect(shown(stats)).toEqual([
      [4, 12],
      [3, 5],
      [1, 7],
    ]);
    expect(stats.readLatency.min).toBe(0);
    stats.answeredRead(0);
    expect(stats.readLatency.count).toBe(4);
    expect(stats.latency.count).toBe(5);
  });

  it("have no latency before the first request", () => {
    const stats = new ServerStats();
    expect(shown(stats)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    stats.answeredRead(5);
    expect(stats.latency.min).toBe(5);
  });

  it("forget packets and the latency of all requests when they are reset, and nothing else", () => {
    const stats = new ServerStats();
    stats.answeredRead(5);
    stats.answeredWrite(7);
    stats.answeredRead(0);
    Object.assign(stats, { received: 3, sent: 4, receivedBytes: 30, sentBytes: 40, handshakes: 2 });
    stats.reset();
    expect(shown(stats)).toEqual([
      [0, 0],
      [2, 5],
      [1, 7],
    ]);
    expect(stats).toMatchObject({ received: 0, sent: 0, receivedBytes: 30, sentBytes: 40, handshakes: 2 });
  });
});
