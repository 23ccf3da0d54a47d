import { OpCode } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { expect, it } from "vitest";
import { startScriptedServer } from "../../test-support/scripted-server.js";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";

it("a list with the current server changes nothing for the session", async () => {
  const { session, zk, peer } = await startSession();
  expect(zk.updateServers(session.server.connectString)).toBe(false);
  const removed = zk.delete("/a");
  const request = await peer.request();
  expect(request.type).toBe(OpCode.delete);
  peer.reply(request.xid);
  await removed;
  expect([session.server.connections, session.states]).toEqual([1, []]);
});

it("a list without the current server moves the session after the operations before it, and those after it wait", async () => {
  const lost: unknown[] = [];
  const logger = { ...silentLogger, warn: (_message: string, fields?: object) => void lost.push(fields) };
  const { session, zk, peer } = await startSession({ logger });
  const other = await startScriptedServer();
  const before = zk.delete("/before");
  expect(zk.updateServers(other.connectString)).toBe(true);
  const after = zk.delete("/after");
  expect(zk.state).toBe("connected");
  const [first, barrier] = [await peer.request(), await peer.request()];
  expect([first.type, barrier.type]).toEqual([OpCode.delete, OpCode.sync]);
  peer.reply(first.xid);
  await before;
  expect(other.connections).toBe(0);
  peer.reply(barrier.xid, { write: (out) => out.writeString("/") });
  await peer.closed;
  // The connection has lasted for less than a second, so that the client waits before the next one.
  session.clock.advance(1_000);
  const next = await other.connection();
  expect((await next.handshake()).sessionId).toBe(0x77n);
  next.accept({ timeoutMs: TIMEOUT_MS });
  next.reply((await next.request()).xid);
  await after;
  const message = expect.stringContaining("left for another server");
  expect(lost).toMatchObject([{ error: { reason: "ended", message } }]);
  expect(session.states).toEqual(["suspended", "connected"]);
  await other.close();
});

it("a new list is tried without the pauses that the failures of the old one caused", async () => {
  const random = { float: () => 0, bytes: (length: number) => new Uint8Array(length) };
  const { session, zk, peer, clock } = await startSession({ random });
  await session.lose(peer);
  // With this random source the servers are tried in the reverse order: first the one that nothing listens on.
  zk.updateServers(`${session.server.connectString},127.0.0.1:1`);
  clock.advance(100);
  const next = await session.server.connection();
  expect((await next.handshake()).sessionId).toBe(0x77n);
});
