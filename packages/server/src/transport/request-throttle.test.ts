import { closeSession, create, ErrorCode, exists, getData, OPEN_ACL_UNSAFE, ping } from "@conclave/protocol";
import { type Clock, systemClock } from "@conclave/runtime";
import { fourLetterWord } from "@conclave/services";
import { afterEach, describe, expect, it } from "vitest";
import { requestFrame, Wire } from "../../test-support/wire/wire.js";
import type { RequestThrottleOptions } from "../options/throttle-options.js";
import { startServer, type ZooKeeperServer } from "../server.js";
import { RequestThrottle, type Waiter } from "./request-throttle.js";

const made = (path: string) => ({ path, data: null, acl: OPEN_ACL_UNSAFE, flags: 0 });

describe("a throttle", () => {
  it("lets waiting connections continue in their order, as far as there is room, but no closed ones", () => {
    let inProcess = 2;
    const throttle = new RequestThrottle({ maxRequests: 2 }, () => inProcess);
    const seen: string[] = [];
    const waiter = (name: string): Waiter => ({
      proceed() {
        seen.push(name);
        inProcess++;
      },
    });
    const [a, gone, b, c] = ["a", "gone", "b", "c"].map(waiter);
    for (const each of [a, gone, b, c]) expect(throttle.admits(each!)).toBe(false);
    throttle.forget(gone!);
    throttle.wake();
    expect(seen).toEqual([]);
    inProcess = 0;
    throttle.wake();
    expect(seen).toEqual(["a", "b"]);
    inProcess = 1;
    expect(throttle.admits(a!)).toBe(true);
  });
});

describe("a server with throttled requests", () => {
  let server: ZooKeeperServer;
  const wires: Wire[] = [];

  const start = async (requestThrottle: RequestThrottleOptions, clock: Clock = systemClock): Promise<void> => {
    server = await startServer({ requestThrottle, clock, fourLetterWords: ["mntr"] });
  };
  const connected = async (): Promise<Wire> => {
    const wire = new Wire(server.port);
    wires.push(wire);
    await wire.connect({ timeoutMs: 6000 });
    return wire;
  };
  const counted = async (name: string): Promise<number> => {
    const lines = await fourLetterWord({ port: server.port, word: "mntr" });
    return Number(new RegExp(`^zk_${name}\t(\\d+)$`, "m").exec(lines)?.[1]);
  };
  /** A clock that advances with each look at it. */
  const hastyClock = (stepMs: number): Clock => {
    let now = 0;
    return { ...systemClock, now: () => (now += stepMs) };
  };

  afterEach(async () => {
    for (const wire of wires.splice(0)) wire.destroy();
    await server.close();
  });

  it("answers all of them, in each connection's order, however few may be in process", async () => {
    await start({ maxRequests: 1 });
    const all = [await connected(), await connected(), await connected()];
    for (const [index, wire] of all.entries()) {
      const frames = Array.from({ length: 50 }, (_, xid) => [
        requestFrame(create, made(`/${index}-${xid}`), 2 * xid + 1),
        requestFrame(exists, { path: `/${index}-${xid}`, watch: false }, 2 * xid + 2),
      ]);
      wire.raw(Buffer.concat(frames.flat()));
    }
    for (const wire of all) {
      for (let xid = 1; xid <= 100; xid++) expect(await wire.reply()).toMatchObject({ xid, err: ErrorCode.OK });
    }
    expect(await counted("request_throttle_wait_count")).toBeGreaterThan(0);
    expect(await counted("throttled_ops")).toBe(0);
  });

  it("refuses requests that waited too long, except pings and closeSession", async () => {
    await start({ maxRequests: 1, refuseAfterMs: 1 }, hastyClock(10));
    const wire = await connected();
    const frames = [
      requestFrame(create, made("/a"), 1),
      requestFrame(create, made("/b"), 2),
      requestFrame(getData, { path: "/a", watch: false }, 3),
      requestFrame(ping, undefined, -2),
      requestFrame(closeSession, undefined, 4),
    ];
    wire.raw(Buffer.concat(frames));
    expect(await wire.reply()).toMatchObject({ xid: 1, err: ErrorCode.OK });
    expect(await wire.reply()).toMatchObject({ xid: 2, err: ErrorCode.THROTTLED_OP });
    expect(await wire.reply()).toMatchObject({ xid: 3, err: ErrorCode.THROTTLED_OP });
    expect(await wire.reply()).toMatchObject({ xid: -2, err: ErrorCode.OK });
    expect(await wire.reply()).toMatchObject({ xid: 4, err: ErrorCode.OK });
    expect(await counted("throttled_ops")).toBe(2);
    const other = await connected();
    expect(await other.call(exists, { path: "/b", watch: false })).toMatchObject({ err: ErrorCode.NO_NODE });
  });

  it("closes the connection of a request that waited longer than its session timeout, if that is set", async () => {
    await start({ maxRequests: 1, closesStale: true }, hastyClock(2000));
    const wire = await connected();
    wire.raw(Buffer.concat([1, 2, 3].map((xid) => requestFrame(create, made(`/${xid}`), xid))));
    await wire.closed;
    const other = await connected();
    expect(await other.call(exists, { path: "/3", watch: false })).toMatchObject({ err: ErrorCode.NO_NODE });
  });
});
