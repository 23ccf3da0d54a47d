import { auth, deleteNode, EventType, OpCode, setWatches, Xid } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { LIMIT_MS, openConnection, removal, servingConnection } from "../../test-support/scripted-connection.js";
import { PendingOperation } from "../requests/pending-operation.js";
import { xidAfter } from "./connection.js";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("the xids of requests begin again at 1 after the largest", () => {
  expect([1, 2, 0x7fff_fffe, 0x7fff_ffff].map(xidAfter)).toEqual([2, 3, 0x7fff_ffff, 1]);
});

it("credentials are sent with their scheme and bytes", async () => {
  const { connection, peer } = await servingConnection();
  connection.authenticate({ scheme: "digest", auth: Buffer.from("ann:secret") }, () => {});
  const { xid, type, body } = await peer.request();
  expect([xid, type]).toEqual([Xid.auth, OpCode.auth]);
  const { scheme, auth: bytes } = auth.readRequest(body);
  expect([scheme, Buffer.from(bytes ?? []).toString()]).toEqual(["digest", "ann:secret"]);
  connection.end("ended", "over");
});

describe("an attempt to connect", () => {
  it("ends if there is no TCP connection in time", async () => {
    const { clock, errors, server } = await openConnection();
    clock.advance(LIMIT_MS - 1);
    expect(errors).toEqual([]);
    clock.advance(1);
    const message = `${server.connectString}: no TCP connection within 3000 ms`;
    expect(errors).toMatchObject([{ reason: "timeout", message }]);
    expect(clock.pending).toBe(0);
  });

  it("ends if the server does not answer the handshake in time", async () => {
    const { clock, errors, server } = await openConnection();
    clock.advance(LIMIT_MS - 1);
    const peer = await server.connection();
    await peer.handshake();
    clock.advance(LIMIT_MS - 1);
    expect(errors).toEqual([]);
    clock.advance(1);
    const message = `${server.connectString}: no answer to the handshake within 3000 ms; the port may not be ZooKeeper's client port`;
    expect(errors).toMatchObject([{ reason: "timeout", message }]);
    expect(clock.pending).toBe(0);
    await peer.closed;
  });

  it("reads for one turn after a stall before it ends", async () => {
    const { clock, errors, server } = await openConnection();
    const peer = await server.connection();
    await peer.handshake();
    clock.stall(LIMIT_MS);
    clock.turn();
    expect(errors).toEqual([]);
    clock.turn();
    expect(errors).toMatchObject([{ reason: "timeout" }]);
    await peer.closed;
  });

  it("reports the step that is not finished", async () => {
    const { connection, server } = await openConnection();
    const { connectString } = server;
    expect(connection.waitsFor).toBe(`a TCP connection to ${connectString}`);
    await (await server.connection()).handshake();
    expect(connection.waitsFor).toBe(`the answer of ${connectString} to the handshake`);
    connection.end("ended", "over");
    const secure = await openConnection({ tls: {} });
    expect(secure.connection.waitsFor).toBe(`a TLS connection to ${secure.server.connectString}`);
    secure.connection.end("ended", "over");
  });

  it("names a server that closes the connection instead of answering", async () => {
    const { server, ended, errors, calls } = await openConnection();
    const peer = await server.connection();
    await peer.handshake();
    peer.hangUp();
    await ended;
    const message = expect.stringContaining("closed the connection instead of answering the handshake");
    expect(errors).toMatchObject([{ reason: "closed", message }]);
    expect(calls).toEqual(["ended: closed"]);
  });
});

describe("the newest unanswered request", () => {
  it("is the handshake until the server has answered it, and then the newest operation or ping", async () => {
    const { connection, clock, server, attached, calls } = await openConnection();
    expect(connection.newestUnansweredMs).toBe(-Infinity);
    clock.stall(10);
    const peer = await server.connection();
    await peer.handshake();
    expect(connection.newestUnansweredMs).toBe(1_010);
    clock.stall(10);
    peer.accept({ timeoutMs: 3 * LIMIT_MS });
    await attached;
    expect([calls, connection.newestUnansweredMs]).toEqual([["attached, handshake sent at 1010"], -Infinity]);
    connection.send(removal("/a"));
    await peer.request();
    expect(connection.newestUnansweredMs).toBe(1_020);
    clock.advance(LIMIT_MS);
    expect(connection.newestUnansweredMs).toBe(4_020);
  });

  it("is the handshake during SASL, too", async () => {
    const { connection, clock, server } = await openConnection({
      sasl: () => ({ start: () => Buffer.from("hello"), answer: () => undefined }),
    });
    const peer = await server.connection();
    await peer.handshake();
    clock.stall(10);
    peer.accept({ timeoutMs: 3 * LIMIT_MS });
    expect((await peer.request()).type).toBe(OpCode.sasl);
    expect(connection.newestUnansweredMs).toBe(1_000);
  });
});

describe("an operation", () => {
  it("fails as never sent before the handshake is answered, and after the connection has ended", async () => {
    const { connection, server, attached } = await openConnection();
    const lost = { code: "CONNECTION_LOSS", outcome: "not-applied" };
    const early = removal("/early");
    connection.send(early);
    await expect(early.promise).rejects.toMatchObject(lost);
    const peer = await server.connection();
    await peer.handshake();
    peer.accept();
    await attached;
    connection.end("ended", "by the test");
    const late = removal("/late");
    connection.send(late);
    await expect(late.promise).rejects.toMatchObject(lost);
    await peer.closed;
    expect(peer.unread).toBe(0);
  });

  it("that was aborted before is not sent, and takes no xid", async () => {
    const { connection, peer } = await servingConnection();
    const given = removal("/given", AbortSignal.abort());
    connection.send(given);
    connection.send(removal("/kept"));
    const request = await peer.request();
    expect([request.xid, deleteNode.readRequest(request.body).path]).toEqual([1, "/kept"]);
    expect(given.xid).toBe(0);
  });

  it("that is aborted in its tick does not count as sent: the ping is sent in time", async () => {
    const { connection, peer, clock } = await servingConnection();
    clock.advance(LIMIT_MS - 1);
    const controller = new AbortController();
    connection.send(removal("/a", controller.signal));
    controller.abort();
    await turn();
    clock.advance(1);
    expect((await peer.anyRequest()).xid).toBe(Xid.ping);
  });

  it("of the client itself may be longer than maxRequestBytes, with the xid that is reserved for it", async () => {
    const { connection, peer } = await servingConnection();
    const path = `/${"x".repeat(2_000)}`;
    const request = { relativeZxid: 0n, dataWatches: [path], existWatches: [], childWatches: [] };
    const restored = new PendingOperation({
      operation: setWatches,
      request,
      path: undefined,
      isWrite: false,
      reservedXid: Xid.setWatches,
      onResponse: () => undefined,
    });
    restored.promise.catch(() => {});
    connection.send(restored);
    const received = await peer.request();
    expect([received.xid, setWatches.readRequest(received.body)]).toEqual([Xid.setWatches, request]);
    const long = removal(path);
    connection.send(long);
    await expect(long.promise).rejects.toMatchObject({ code: "BAD_ARGUMENTS" });
  });
});

describe("after the deadline of the session", () => {
  /** Judges the session: while `isOverdue`, only an answer to a request that was sent at 2,000 ms or later keeps it. */
  const judging = () => {
    const judged: (number | undefined)[] = [];
    const state = { isOverdue: false };
    const isOverdue = (answeredAtMs?: number): boolean => {
      judged.push(answeredAtMs);
      return state.isOverdue && (answeredAtMs ?? -Infinity) < 2_000;
    };
    const asked = async (times: number): Promise<void> => {
      while (judged.length < times) await turn();
    };
    return { judged, state, isOverdue, asked };
  };

  it("the answer to the handshake is read at once", async () => {
    const { state, isOverdue, judged } = judging();
    const { server, attached } = await openConnection({}, { isOverdue });
    const peer = await server.connection();
    await peer.handshake();
    state.isOverdue = true;
    peer.accept();
    await attached;
    // First without an answer, and then with that to the handshake, which was sent at 1,000 ms.
    expect(judged).toEqual([undefined, 1_000]);
  });

  it("events are held until an answer keeps the session", async () => {
    const { state, isOverdue, judged, asked } = judging();
    const { connection, clock, peer, calls } = await servingConnection({}, { isOverdue });
    clock.stall(1_000);
    connection.send(removal("/a"));
    const { xid } = await peer.request();
    judged.length = 0;
    state.isOverdue = true;
    peer.notify(EventType.NODE_CREATED, "/held");
    await asked(3);
    expect([judged, calls.slice(1)]).toEqual([[undefined, 2_000, undefined], []]);
    peer.reply(xid);
    state.isOverdue = false;
    while (calls.length < 2) await turn();
    expect(calls.slice(1)).toEqual(["event at /held"]);
  });
});
