import { ErrorCode, getData, type MultiReadResult, multiRead, OpCode, setData } from "@conclave/protocol";
import type { MetricLabels } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { createReply, stat } from "../../test-support/sample-replies.js";
import type { ReceivedRequest, ScriptedPeer } from "../../test-support/scripted-peer.js";
import { startSession } from "../../test-support/scripted-session.js";
import type { ConnectOptions } from "../api/connect-options.js";
import type { ZooKeeper } from "../api/zookeeper.js";
import { retry } from "../retry/retry.js";

/** Starts a client that joins reads. Its first read, which is always sent alone, has been answered. */
const start = async (options: ConnectOptions = {}) => {
  const started = await startSession({ batchReads: true, ...options });
  await readAlone(started.zk, started.peer, "small");
  return started;
};
const readAlone = async (zk: ZooKeeper, peer: ScriptedPeer, data: string): Promise<void> => {
  const read = zk.getData("/first");
  const { xid, type } = await peer.request();
  expect(type).toBe(OpCode.getData);
  peer.reply(xid, { write: (out) => getData.writeResponse(out, { data: Buffer.from(data), stat }) });
  await read;
};
const found = (data: string | Buffer): MultiReadResult => ({ type: OpCode.getData, data: Buffer.from(data), stat });
const answer = (peer: ScriptedPeer, xid: number, results: readonly MultiReadResult[]): void =>
  peer.reply(xid, { write: (out) => multiRead.writeResponse(out, results) });
const paths = ({ type, body }: ReceivedRequest): string[] => {
  expect(type).toBe(OpCode.multiRead);
  return multiRead.readRequest(body).map(({ path }) => path);
};
const texts = async (reads: readonly Promise<{ readonly data: Buffer | null }>[]) =>
  (await Promise.all(reads)).map(({ data }) => data?.toString());

describe("reads of one tick", () => {
  it("are sent as one request, and each has its own answer", async () => {
    const { zk, peer } = await start();
    const reads = [zk.getData("/a"), zk.getData("/b")];
    const missing = zk.getData("/c");
    const request = await peer.request();
    expect(paths(request)).toEqual(["/a", "/b", "/c"]);
    answer(peer, request.xid, [found("a"), found("b"), { type: OpCode.error, err: ErrorCode.NO_NODE }]);
    expect(await texts(reads)).toEqual(["a", "b"]);
    await expect(missing).rejects.toMatchObject({ code: "NO_NODE", outcome: "rejected", path: "/c" });
  });

  it("are sent as one request if replies of one packet trigger them through different numbers of awaits", async () => {
    const { zk, peer } = await start();
    const direct = zk.exists("/x").then(() => zk.getData("/a"));
    const throughRetry = (async () => {
      await retry(zk, () => zk.exists("/y"));
      return zk.getData("/b");
    })();
    const first = await peer.request();
    const second = await peer.request();
    peer.atOnce(() => {
      peer.reply(first.xid, { errno: ErrorCode.NO_NODE });
      peer.reply(second.xid, { errno: ErrorCode.NO_NODE });
    });
    const request = await peer.request();
    expect(paths(request)).toEqual(["/a", "/b"]);
    answer(peer, request.xid, [found("a"), found("b")]);
    expect(await texts([direct, throughRetry])).toEqual(["a", "b"]);
  });

  it("report their own paths, without the chroot", async () => {
    const { zk, peer } = await startSession({ batchReads: true }, "/app");
    await readAlone(zk, peer, "");
    const reads = Promise.allSettled([zk.getData("/a"), zk.getData("/")]);
    const request = await peer.request();
    expect(paths(request)).toEqual(["/app/a", "/app"]);
    const missing = { type: OpCode.error, err: ErrorCode.NO_NODE } as const;
    answer(peer, request.xid, [missing, missing]);
    expect(await reads).toMatchObject([{ reason: { path: "/a" } }, { reason: { path: "/" } }]);
  });

  it("are measured one by one, as getData", async () => {
    const seen: MetricLabels[] = [];
    const meter = {
      count: () => {},
      gauge: () => {},
      observe: (_name: string, _value: number, labels: MetricLabels = {}) => void seen.push(labels),
    };
    const { zk, peer } = await start({ meter });
    const reads = Promise.allSettled([zk.getData("/a"), zk.getData("/b")]);
    answer(peer, (await peer.request()).xid, [found("a"), { type: OpCode.error, err: ErrorCode.NO_AUTH }]);
    await reads;
    expect(seen.slice(1)).toEqual([
      { operation: "getData", code: "OK" },
      { operation: "getData", code: "NO_AUTH" },
    ]);
  });

  it("keep their position between writes", async () => {
    const { zk, peer } = await start();
    const order: string[] = [];
    const note = (what: string) => (): void => void order.push(what);
    const calls = [
      zk.getData("/a").then(note("a")),
      zk.getData("/b").then(note("b")),
      zk.setData("/c", "").then(note("write")),
      zk.getData("/d").then(note("d")),
      zk.getData("/e").then(note("e")),
    ];
    const [before, write, after] = [await peer.request(), await peer.request(), await peer.request()];
    peer.atOnce(() => {
      answer(peer, before.xid, [found("a"), found("b")]);
      peer.reply(write.xid, { write: (out) => setData.writeResponse(out, { stat }) });
      answer(peer, after.xid, [found("d"), found("e")]);
    });
    await Promise.all(calls);
    expect(order).toEqual(["a", "b", "write", "d", "e"]);
  });

  it("that waited for a connection are sent one by one before its first reply", async () => {
    const { session, zk, peer } = await start();
    await session.lose(peer);
    const reads = [zk.getData("/a"), zk.getData("/b")];
    const next = await session.next();
    await next.handshake();
    next.accept();
    for (const text of ["a", "b"]) {
      const { xid, type } = await next.request();
      expect(type).toBe(OpCode.getData);
      next.reply(xid, { write: (out) => getData.writeResponse(out, { data: Buffer.from(text), stat }) });
    }
    expect(await texts(reads)).toEqual(["a", "b"]);
  });

  it("of large znodes are sent one by one", async () => {
    const { zk, peer } = await start();
    await readAlone(zk, peer, "x".repeat(40_000));
    const reads = Promise.allSettled([zk.getData("/a"), zk.getData("/b")]);
    for (const _ of [1, 2]) {
      const { xid, type } = await peer.request();
      expect(type).toBe(OpCode.getData);
      peer.reply(xid, { errno: ErrorCode.NO_NODE });
    }
    await reads;
  });

  it("may have a longer reply than other requests if large znodes follow small ones", async () => {
    const { zk, peer } = await start({ maxReplyBytes: 1_000 });
    const reads = [zk.getData("/a"), zk.getData("/b")];
    const { xid } = await peer.request();
    answer(peer, xid, [found("a".repeat(900)), found("b".repeat(900))]);
    expect((await texts(reads)).map((text) => text?.length)).toEqual([900, 900]);
    const alone = zk.getData("/c");
    const { xid: other } = await peer.request();
    peer.reply(other, { write: (out) => getData.writeResponse(out, { data: Buffer.alloc(1_001), stat }) });
    await expect(alone).rejects.toMatchObject({ code: "REPLY_TOO_LARGE" });
    const next = zk.getData("/d");
    const { xid: last } = await peer.request();
    peer.reply(last, { write: (out) => getData.writeResponse(out, { data: Buffer.from("d"), stat }) });
    expect((await next).data?.toString()).toBe("d");
  });
});

describe("a request of several reads", () => {
  it("with a malformed reply ends the connection, and nothing else", async () => {
    const { session, zk, peer } = await start();
    const reads = Promise.allSettled([zk.getData("/a"), zk.getData("/b"), zk.setData("/c", "")]);
    const { xid } = await peer.request();
    answer(peer, xid, [found("a")]);
    expect(await reads).toMatchObject([
      { value: { data: Buffer.from("a") } },
      { reason: { code: "CONNECTION_LOSS", outcome: "not-applied", path: "/b", cause: { reason: "malformed" } } },
      { reason: { code: "CONNECTION_LOSS", outcome: "unknown", path: "/c" } },
    ]);
    await peer.closed;
    const next = await session.next();
    await next.handshake();
    next.accept();
    const created = zk.create("/on");
    next.reply((await next.request()).xid, createReply("/on"));
    expect(await created).toBe("/on");
  });

  it("that is lost fails each of them", async () => {
    const { session, zk, peer } = await start();
    const reads = Promise.allSettled([zk.getData("/a"), zk.getData("/b")]);
    await peer.request();
    await session.lose(peer);
    expect(await reads).toMatchObject([
      { reason: { code: "CONNECTION_LOSS", outcome: "not-applied", path: "/a" } },
      { reason: { code: "CONNECTION_LOSS", outcome: "not-applied", path: "/b" } },
    ]);
  });

  it("that the server does not support is rejected with advice", async () => {
    const { zk, peer } = await start();
    const reads = Promise.allSettled([zk.getData("/a"), zk.getData("/b")]);
    peer.reply((await peer.request()).xid, { errno: ErrorCode.UNIMPLEMENTED, zxid: -1n });
    for (const result of await reads) {
      expect(result).toMatchObject({
        reason: { code: "UNIMPLEMENTED", outcome: "rejected", message: expect.stringContaining("without batchReads") },
      });
    }
  });

  it("omits reads that were aborted before, and skips results of those aborted later", async () => {
    const { zk, peer } = await start();
    const [before, after] = [new AbortController(), new AbortController()];
    const settled = Promise.allSettled([
      zk.getData("/a"),
      zk.getData("/b", { signal: before.signal }),
      zk.getData("/c", { signal: after.signal }),
      zk.getData("/d"),
    ]);
    before.abort();
    const request = await peer.request();
    expect(paths(request)).toEqual(["/a", "/c", "/d"]);
    after.abort();
    answer(peer, request.xid, [found("a"), found("c"), found("d")]);
    expect(await settled).toMatchObject([
      { value: { data: Buffer.from("a") } },
      { reason: { code: "ABORTED", outcome: "not-applied" } },
      { reason: { code: "ABORTED", outcome: "not-applied" } },
      { value: { data: Buffer.from("d") } },
    ]);
  });
});
