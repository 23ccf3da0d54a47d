import { expect, it } from "vitest";
import { parseConnections, parseMetrics, parseSettings, parseSummary } from "./parse-words.js";

it("srvr gives version, mode and figures; another text gives nothing", () => {
  const text = `Zookeeper version: 3.9.4-7246445e, built on 2025-08-19 19:53 UTC
Latency min/avg/max: 0/0.4567/12
Received: 120
Sent: 119
Connections: 3
Outstanding: 2
Zxid: 0x200000005
Mode: leader
Node count: 17
Proposal sizes last/min/max: 48/48/92
`;
  expect(parseSummary(text)).toEqual({
    ...{ version: "3.9.4", mode: "leader", zxid: 0x2_0000_0005n, latency: { min: 0, average: 0.4567, max: 12 } },
    ...{ outstanding: 2, connections: 3, received: 120, znodes: 17 },
  });
  expect(parseSummary("HTTP/1.1 400 Bad Request\n")).toBe(undefined);
});

it("mntr gives metrics without zk_, and conf settings and membership", () => {
  expect([...parseMetrics("zk_version\t3.9.4, built\nzk_watch_count\t4\nnoise\n")]).toEqual([
    ["version", "3.9.4, built"],
    ["watch_count", "4"],
  ]);
  const conf = "clientPort=2181\ntickTime=500\nserverId=2\nmembership: \nserver.1=a:1:2:participant\nversion=0";
  const { settings, membership } = parseSettings(conf);
  expect(settings.get("tickTime")).toBe("500");
  expect(membership).toBe("server.1=a:1:2:participant\nversion=0");
  expect(parseSettings("tickTime=500\n").membership).toBe(undefined);
});

it("cons gives the connections with their sessions, of which ids are signed", () => {
  const text = ` /127.0.0.1:50012[1](queued=0,recved=5,sent=5,sid=0xffffffffffffffff,lop=PING,est=1764550000000,to=30000,lzxid=0x2,lresp=77,llat=0,minlat=0,avglat=1,maxlat=9)
 /[::1]:50013[0](queued=1,recved=1,sent=0)

`;
  expect(parseConnections(text)).toEqual([
    {
      ...{ remote: "127.0.0.1:50012", sessionId: -1n, timeoutMs: 30_000, establishedAt: 1_764_550_000_000 },
      ...{ queued: 0, averageLatencyMs: 1, maxLatencyMs: 9 },
    },
    {
      ...{ remote: "[::1]:50013", sessionId: undefined, timeoutMs: undefined, establishedAt: undefined },
      ...{ queued: 1, averageLatencyMs: undefined, maxLatencyMs: undefined },
    },
  ]);
});
