import { ErrorCode } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { describe, expect, it } from "vitest";
import { connectForLong } from "../test-support/long-session.js";
import { startScriptedServer } from "../test-support/scripted-server.js";
import { confirmChroot } from "../test-support/scripted-session.js";
import { connect } from "./connect.js";

describe("connect", () => {
  it("requests the session timeout of its options and reports the granted one", async () => {
    const server = await startScriptedServer();
    const connecting = connect(server.connectString, { sessionTimeoutMs: 62_345 });
    const peer = await server.connection();
    expect(await peer.handshake()).toMatchObject({ timeoutMs: 62_345, sessionId: 0n, lastZxidSeen: 0n });
    peer.accept({ timeoutMs: 56_789, sessionId: -3n });
    const zk = await connecting;
    expect([zk.state, zk.sessionTimeoutMs, zk.sessionId]).toEqual(["connected", 56_789, -3n]);
    peer.hangUp();
    await zk.close();
  });

  it("tries the next server if one does not answer the handshake", async () => {
    const servers = [await startScriptedServer(), await startScriptedServer()];
    const clock = new TestClock();
    const connecting = connect(servers.map((each) => each.connectString).join(","), { clock, sessionTimeoutMs: 9_000 });
    const arrivals = servers.map((each) => each.connection());
    const first = await Promise.race(arrivals.map(async (arrival, index) => ({ index, silent: await arrival })));
    const { silent } = first;
    await silent.handshake();
    clock.advance(3_000);
    await silent.closed;
    const answering = await arrivals[1 - first.index];
    await answering?.handshake();
    answering?.accept();
    const zk = await connecting;
    answering?.hangUp();
    await zk.close();
  });

  it("reads an answer that arrived during a stall of the process before it gives up the attempt", async () => {
    const server = await startScriptedServer();
    const clock = new TestClock();
    const connecting = connect(server.connectString, { clock, sessionTimeoutMs: 9_000 });
    const peer = await server.connection();
    await peer.handshake();
    clock.stall(3_000);
    // Fires the timer of the attempt, as the event loop does before it reads the socket.
    clock.turn();
    peer.accept({ timeoutMs: 9_000 });
    const first = await Promise.race([connecting.then(() => "connected"), peer.closed.then(() => "given up")]);
    expect(first).toBe("connected");
    peer.hangUp();
    await (await connecting).close();
  });

  it("tries again if a server closes the connection, or answers without a session", async () => {
    const server = await startScriptedServer();
    const connecting = connectForLong(server.connectString);
    (await server.connection()).hangUp();
    const nonsense = await server.connection();
    await nonsense.handshake();
    nonsense.refuse();
    const peer = await server.connection();
    await peer.handshake();
    peer.accept();
    const zk = await connecting;
    peer.hangUp();
    await zk.close();
  });

  it("rejects after its timeout with the reason, and leaves nothing open", async () => {
    const server = await startScriptedServer();
    const clock = new TestClock();
    const connecting = connect(server.connectString, { clock, connectTimeoutMs: 2_000 });
    const rejected = expect(connecting).rejects.toMatchObject({
      code: "OPERATION_TIMEOUT",
      outcome: "not-applied",
      cause: { name: "ConnectionError", reason: "closed" },
    });
    const hangUpAlways = async (): Promise<never> => {
      for (;;) (await server.connection()).hangUp();
    };
    void hangUpAlways();
    let isSettled = false;
    void connecting
      .catch(() => {})
      .then(() => {
        isSettled = true;
      });
    while (!isSettled) {
      clock.advance(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await rejected;
    expect(clock.pending).toBe(0);
  });

  it("warns after two seconds, once, with the step that is not finished", async () => {
    const server = await startScriptedServer();
    const clock = new TestClock();
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const controller = new AbortController();
    const options = { clock, logger, sessionTimeoutMs: 30_000, connectTimeoutMs: 3_000, signal: controller.signal };
    const connecting = expect(connect(server.connectString, options)).rejects.toMatchObject({
      code: "OPERATION_TIMEOUT",
      message: `connect ${server.connectString}: no session within 3000 ms, waiting for the answer of ${server.connectString} to the handshake`,
    });
    const peer = await server.connection();
    await peer.handshake();
    clock.advance(1_999);
    expect(warnings).toEqual([]);
    clock.advance(1);
    const step = `the answer of ${server.connectString} to the handshake`;
    expect(warnings).toEqual([`zookeeper: not connected after 2000 ms, waiting for ${step}`]);
    clock.advance(1_000);
    await connecting;
    expect([warnings.length, clock.pending]).toEqual([1, 0]);
  });

  it("names the servers while it waits for the next attempt", async () => {
    const clock = new TestClock();
    let onFailed = (): void => {};
    const failed = new Promise<void>((resolve) => {
      onFailed = resolve;
    });
    const logger = { ...silentLogger, warn: () => onFailed() };
    const backoff = { initialMs: 10_000, maxMs: 10_000 };
    const connecting = expect(
      connect("127.0.0.1:1", { clock, logger, backoff, connectTimeoutMs: 3_000 }),
    ).rejects.toMatchObject({
      message: expect.stringMatching(
        /waiting for the next attempt \(servers: 127\.0\.0\.1:1\) \(last error: 127\.0\.0\.1:1: connect ECONNREFUSED 127\.0\.0\.1:1\)$/,
      ),
    });
    await failed;
    clock.advance(3_000);
    await connecting;
  });

  it("does not warn when it has connected in time", async () => {
    const server = await startScriptedServer();
    const clock = new TestClock();
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
    const connecting = connect(server.connectString, { clock, logger, sessionTimeoutMs: 30_000 });
    const peer = await server.connection();
    await peer.handshake();
    peer.accept();
    const zk = await connecting;
    clock.advance(2_000);
    expect(warnings).toEqual([]);
    peer.hangUp();
    await zk.close();
  });

  it("asks again for the chroot if the connection is lost before the answer", async () => {
    const server = await startScriptedServer();
    const connecting = connectForLong(`${server.connectString}/app`);
    const first = await server.connection();
    await first.handshake();
    first.accept();
    await first.request();
    first.hangUp();
    const second = await server.connection();
    await second.handshake();
    second.accept();
    await confirmChroot(second);
    const zk = await connecting;
    expect(zk.chroot).toBe("/app");
    second.hangUp();
    await zk.close();
  });

  it("rejects by the caller's signal during a handshake", async () => {
    const server = await startScriptedServer();
    const clock = new TestClock();
    const controller = new AbortController();
    const connecting = connect(server.connectString, { clock, signal: controller.signal, connectTimeoutMs: 60_000 });
    const peer = await server.connection();
    await peer.handshake();
    controller.abort(new Error("enough"));
    await expect(connecting).rejects.toMatchObject({ code: "ABORTED", cause: new Error("enough") });
    await peer.closed;
    expect(clock.pending).toBe(0);
  });

  it("opens no connection if the signal was aborted before the call", async () => {
    const server = await startScriptedServer();
    const clock = new TestClock();
    const connecting = connect(server.connectString, { clock, signal: AbortSignal.abort() });
    await expect(connecting).rejects.toMatchObject({ code: "ABORTED" });
    expect([server.connections, clock.pending]).toEqual([0, 0]);
  });

  it("ignores the signal after it has connected", async () => {
    const server = await startScriptedServer();
    const controller = new AbortController();
    const connecting = connectForLong(server.connectString, { signal: controller.signal });
    const peer = await server.connection();
    await peer.handshake();
    peer.accept();
    const zk = await connecting;
    controller.abort();
    expect(zk.state).toBe("connected");
    peer.hangUp();
    await zk.close();
  });

  it("rejects if a server refuses the credentials, and closes the session", async () => {
    const server = await startScriptedServer();
    const connecting = connectForLong(server.connectString, { auth: [{ scheme: "nonsense", auth: "x" }] });
    const peer = await server.connection();
    await peer.handshake();
    peer.accept();
    peer.reply((await peer.request()).xid, { errno: ErrorCode.AUTH_FAILED, zxid: 0n });
    await expect(connecting).rejects.toMatchObject({ code: "AUTH_FAILED", outcome: "rejected" });
    await peer.closed;
  });

  it("rejects an invalid connect string or option", async () => {
    await expect(connect("")).rejects.toThrow(TypeError);
    await expect(connect("127.0.0.1:1", { sessionTimeoutMs: 0 })).rejects.toThrow(TypeError);
  });

  it("connects to a host name if any of its addresses is served", async () => {
    const server = await startScriptedServer();
    const connecting = connectForLong(server.connectString.replace("127.0.0.1", "localhost"));
    const peer = await server.connection();
    await peer.handshake();
    peer.accept();
    const zk = await connecting;
    peer.hangUp();
    await zk.close();
  });
});
