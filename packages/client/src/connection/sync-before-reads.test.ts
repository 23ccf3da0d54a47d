import { ErrorCode, exists, getData, JuteReader, multiRead, OpCode, sync } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { stat } from "../../test-support/sample-replies.js";
import type { ReceivedRequest, ScriptedPeer } from "../../test-support/scripted-peer.js";
import { startSession } from "../../test-support/scripted-session.js";
import { SyncBeforeReads } from "./sync-before-reads.js";

const linearizable = true;

/** Returns the next requests as "sync", "getData /a" and so on; the connection has sent them in this order. */
const requests = async (peer: ScriptedPeer, count: number): Promise<{ text: string; xid: number }[]> => {
  const all: { text: string; xid: number }[] = [];
  while (all.length < count) {
    const request = await peer.request();
    all.push({ text: described(request), xid: request.xid });
  }
  return all;
};
const described = ({ type, body }: ReceivedRequest): string => {
  if (type === OpCode.sync) return `sync ${sync.readRequest(body).path}`;
  if (type === OpCode.multiRead) return `multiRead ${multiRead.readRequest(body).map(({ path }) => path)}`;
  const name = Object.entries(OpCode).find(([, code]) => code === type)?.[0];
  return `${name} ${body.readString()}`;
};
const texts = (all: readonly { text: string }[]): string[] => all.map(({ text }) => text);

const answerSync = (peer: ScriptedPeer, xid: number): void =>
  peer.reply(xid, { write: (out) => sync.writeResponse(out, { path: "/" }) });
const answerData = (peer: ScriptedPeer, xid: number, data: string): void =>
  peer.reply(xid, { write: (out) => getData.writeResponse(out, { data: Buffer.from(data), stat }) });

describe("the sync before linearizable reads", () => {
  it("is sent with them, once for each tick, before the first of them", async () => {
    const { zk, peer } = await startSession();
    const reads = [
      zk.getData("/plain"),
      zk.getData("/a", { linearizable }),
      zk.exists("/b", { linearizable }),
      zk.getChildren("/plain"),
      zk.getACL("/c", { linearizable }),
    ];
    const first = await requests(peer, 6);
    expect(texts(first)).toEqual([
      "getData /plain",
      "sync /",
      "getData /a",
      "exists /b",
      "getChildren /plain",
      "getACL /c",
    ]);
    reads.push(zk.getData("/d", { linearizable }));
    expect(texts(await requests(peer, 2))).toEqual(["sync /", "getData /d"]);
    const settled = Promise.allSettled(reads);
    peer.hangUp();
    for (const result of await settled)
      expect(result).toMatchObject({ reason: { code: "CONNECTION_LOSS", outcome: "not-applied" } });
  });

  it("is sent for every read of a client with linearizableReads, unless the read says otherwise", async () => {
    const { zk, peer } = await startSession({ linearizableReads: true, batchReads: false }, "/app");
    const calls: Promise<unknown>[] = [];
    const sent = async (call: Promise<unknown>, count: number): Promise<string[]> => {
      calls.push(call);
      return texts(await requests(peer, count));
    };
    expect(await sent(zk.getData("/a"), 2)).toEqual(["sync /", "getData /app/a"]);
    expect(await sent(zk.exists("/a"), 2)).toEqual(["sync /", "exists /app/a"]);
    expect(await sent(zk.getChildren("/a"), 2)).toEqual(["sync /", "getChildren /app/a"]);
    expect(await sent(zk.getChildren2("/a"), 2)).toEqual(["sync /", "getChildren2 /app/a"]);
    expect(await sent(zk.getACL("/a"), 2)).toEqual(["sync /", "getACL /app/a"]);
    expect(await sent(zk.getAllChildrenNumber("/a"), 2)).toEqual(["sync /", "getAllChildrenNumber /app/a"]);
    expect(await sent(zk.getEphemerals(), 2)).toEqual(["sync /", "getEphemerals /app/"]);
    expect(await sent(zk.getConfig(), 2)).toEqual(["sync /", "getData /zookeeper/config"]);
    expect(await sent(zk.multiRead().getData("/a").read(), 2)).toEqual(["sync /", "multiRead /app/a"]);
    expect(await sent(zk.getData("/a", { linearizable: false }), 1)).toEqual(["getData /app/a"]);
    expect(await sent(zk.setData("/a", ""), 1)).toEqual(["setData /app/a"]);
    const settled = Promise.allSettled(calls);
    peer.hangUp();
    await settled;
  });

  it("serves reads that waited for a connection when they are sent", async () => {
    const { session, zk, peer } = await startSession();
    await session.lose(peer);
    const read = zk.getData("/a", { linearizable });
    const next = await session.next();
    await next.handshake();
    next.accept();
    const [synced, sent] = await requests(next, 2);
    expect([synced?.text, sent?.text]).toEqual(["sync /", "getData /a"]);
    answerSync(next, synced!.xid);
    answerData(next, sent!.xid, "a");
    expect((await read).data?.toString()).toBe("a");
  });

  it("precedes reads that are joined into one request", async () => {
    const { zk, peer } = await startSession({ batchReads: true });
    const first = zk.getData("/first");
    answerData(peer, (await peer.request()).xid, "");
    await first;
    const reads = [zk.getData("/a", { linearizable }), zk.getData("/b", { linearizable })];
    const [synced, joined] = await requests(peer, 2);
    expect([synced?.text, joined?.text]).toEqual(["sync /", "multiRead /a,/b"]);
    peer.reply(synced!.xid, { errno: ErrorCode.NOT_READ_ONLY });
    const found = { type: OpCode.getData, data: Buffer.from("a"), stat } as const;
    peer.reply(joined!.xid, { write: (out) => multiRead.writeResponse(out, [found, found]) });
    for (const result of await Promise.allSettled(reads))
      expect(result).toMatchObject({ reason: { code: "NOT_READ_ONLY" } });
  });

  it("makes its error that of its reads, in the order of the answers, and of no other operation", async () => {
    const { zk, peer } = await startSession();
    const order: string[] = [];
    const watched: string[] = [];
    const noted = (name: string, call: Promise<unknown>): Promise<unknown> => {
      call.then(
        () => order.push(`${name}: found`),
        (error) => order.push(`${name}: ${error.message}, ${error.outcome}`),
      );
      return call.catch(() => {});
    };
    const calls = [
      noted("data", zk.getData("/a", { linearizable, watch: ({ type }) => void watched.push(type) })),
      noted("plain", zk.getData("/b")),
      noted("absent", zk.exists("/c", { linearizable })),
    ];
    const [synced, data, plain, absent] = await requests(peer, 4);
    peer.reply(synced!.xid, { errno: ErrorCode.NO_NODE });
    answerData(peer, data!.xid, "a");
    answerData(peer, plain!.xid, "b");
    peer.reply(absent!.xid, { errno: ErrorCode.NO_NODE });
    await Promise.all(calls);
    const reason = "NO_NODE (-101): the sync before this linearizable read failed, rejected";
    expect(order).toEqual([`data: getData /a: ${reason}`, "plain: found", `absent: exists /c: ${reason}`]);
    peer.notify(3, "/a");
    const after = zk.exists("/d");
    peer.reply((await peer.request()).xid, { write: (out) => exists.writeResponse(out, { stat }) });
    await after;
    expect(watched).toEqual([]);
  });

  it("is not sent if all of its reads are aborted in their tick", async () => {
    const { zk, peer } = await startSession();
    const [one, two] = [new AbortController(), new AbortController()];
    const reads = Promise.allSettled([
      zk.getData("/a", { linearizable, signal: one.signal }),
      zk.getData("/b", { linearizable, signal: two.signal }),
      zk.getData("/c"),
    ]);
    one.abort();
    two.abort();
    const [sent] = await requests(peer, 1);
    expect(sent?.text).toBe("getData /c");
    answerData(peer, sent!.xid, "");
    expect(await reads).toMatchObject([
      { reason: { code: "ABORTED" } },
      { reason: { code: "ABORTED" } },
      { status: "fulfilled" },
    ]);
    const kept = Promise.allSettled([
      zk.getData("/a", { linearizable, signal: AbortSignal.abort() }),
      zk.getData("/b", { linearizable }),
    ]);
    expect(texts(await requests(peer, 2))).toEqual(["sync /", "getData /b"]);
    peer.hangUp();
    await kept;
  });

  it("with a malformed reply ends the connection", async () => {
    const { zk, peer } = await startSession();
    const read = zk.getData("/a", { linearizable });
    const [synced] = await requests(peer, 2);
    peer.reply(synced!.xid, { write: (out) => out.writeInt(100) });
    await expect(read).rejects.toMatchObject({ code: "CONNECTION_LOSS", cause: { reason: "malformed" } });
  });

  it("with a reply that is too long rejects its reads", () => {
    const before = new SyncBeforeReads();
    const rejected: unknown[] = [];
    const read = { settled: false, rejectTooLong: (...lengths: number[]) => void rejected.push(lengths) };
    before.add(read as never);
    before.rejectTooLong(20, 10);
    expect([rejected, before.settled]).toEqual([[[20, 10]], false]);
    expect(() => before.resolveFrom(new JuteReader(new Uint8Array(1)))).toThrow();
  });
});
