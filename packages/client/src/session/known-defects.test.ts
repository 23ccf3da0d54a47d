import { OpCode, Xid } from "@conclave/protocol";
import { expect, it } from "vitest";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";

it("an expiry is reported during a partition, and a new session follows (node-zookeeper-client#2, #20, zkplus#15)", async () => {
  const { session, zk, peer, clock } = await startSession();
  await session.server.close();
  await session.lose(peer);
  while (session.states.at(-1) === "suspended") {
    clock.advance(TIMEOUT_MS / 10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(session.states).toEqual(["suspended", "expired", "connecting"]);
  expect(zk.sessionId).toBe(0n);
});

it("operations without a connection settle when the client is closed (node-zookeeper#327)", async () => {
  const { session, zk, peer } = await startSession();
  await session.lose(peer);
  const waiting = [zk.getData("/a"), zk.create("/b"), zk.transaction().delete("/c").commit()];
  const settled = Promise.allSettled(waiting);
  await zk.close();
  for (const each of await settled) expect(each).toMatchObject({ status: "rejected", reason: { code: "CLOSED" } });
});

it("a client can be closed twice, at any time, with operations in flight (node-zookeeper#12, #93, #238, #262)", async () => {
  const { session, zk, peer } = await startSession();
  const calls = Promise.allSettled([
    zk.create("/a"),
    zk.getData("/b", { watch: () => {} }),
    zk.addAuth("digest", "a:b"),
  ]);
  const first = zk.close();
  expect(zk.close()).toBe(first);
  peer.hangUp();
  await first;
  for (const each of await calls) expect(each.status).toBe("rejected");
  expect([zk.state, session.clock.pending]).toEqual(["closed", 0]);
});

it("credentials are sent before queued operations on a new connection", async () => {
  const { session, zk, peer } = await startSession({ auth: [{ scheme: "digest", auth: "a:b" }] });
  await session.lose(peer);
  const call = zk.getData("/a");
  call.catch(() => {});
  const next = await session.next();
  await next.handshake();
  next.accept({ timeoutMs: TIMEOUT_MS });
  const [first, second] = [await next.request(), await next.request()];
  expect([first.xid, second.type]).toEqual([Xid.auth, OpCode.getData]);
});

it("operations that were queued before an expiry settle", async () => {
  const { session, zk, peer } = await startSession({ newSessionAfterExpiry: false });
  await session.lose(peer);
  const read = zk.getData("/a");
  const rejected = expect(read).rejects.toMatchObject({ code: "SESSION_EXPIRED", outcome: "not-applied" });
  const next = await session.next();
  await next.handshake();
  next.refuse();
  await rejected;
});
