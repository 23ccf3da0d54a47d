import { getEventListeners } from "node:events";
import { ErrorCode, OpCode, Xid } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";

describe("refused credentials", () => {
  it("end the connection, and are neither reported as accepted nor sent to another server", async () => {
    const errors: unknown[] = [];
    const lost: unknown[] = [];
    const logger = {
      ...silentLogger,
      error: (_message: string, fields?: object) => void errors.push(fields),
      warn: (_message: string, fields?: object) => void lost.push(fields),
    };
    const { session, zk, peer } = await startSession({ logger });
    const { signal } = new AbortController();
    const added = zk.addAuth("digest", "a:b", { signal });
    const { xid } = await peer.request();
    peer.reply(xid, { errno: ErrorCode.AUTH_FAILED, zxid: 0n });
    await expect(added).rejects.toMatchObject({
      code: "AUTH_FAILED",
      outcome: "rejected",
      message: "addAuth digest: AUTH_FAILED (-115)",
    });
    const server = session.server.connectString;
    expect(errors).toEqual([{ scheme: "digest", errno: ErrorCode.AUTH_FAILED, server }]);
    expect(lost).toMatchObject([
      {
        error: {
          reason: "refused",
          message: expect.stringContaining("the server refused credentials of the scheme digest (-115)"),
        },
      },
    ]);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const probe = zk.delete("/a");
    const request = await next.request();
    expect(request.type).toBe(OpCode.delete);
    next.reply(request.xid);
    await probe;
  });
});

describe("aborted credentials", () => {
  it("reject with the reason of the signal, and are not sent to another server", async () => {
    const { session, zk, peer } = await startSession();
    await session.lose(peer);
    const controller = new AbortController();
    const added = zk.addAuth("digest", "a:b", { signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(added).rejects.toMatchObject({
      code: "ABORTED",
      outcome: "not-applied",
      message: "addAuth digest: aborted by the caller",
      cause: new Error("enough"),
    });
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    const probe = zk.delete("/a");
    const request = await next.request();
    expect(request.type).toBe(OpCode.delete);
    next.reply(request.xid);
    await probe;
  });

  it("are not reported if the server refuses them later, and the session continues", async () => {
    const errors: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
    const { zk, peer } = await startSession({ logger });
    const controller = new AbortController();
    const added = zk.addAuth("digest", "a:b", { signal: controller.signal });
    const { xid } = await peer.request();
    controller.abort();
    await expect(added).rejects.toMatchObject({ code: "ABORTED" });
    peer.reply(xid, { errno: ErrorCode.AUTH_FAILED, zxid: 0n });
    const probe = zk.delete("/a");
    peer.reply((await peer.request()).xid);
    await probe;
    expect([zk.state, ...errors]).toEqual(["connected"]);
  });
});

describe("credentials", () => {
  it("with a signal that has aborted are rejected and not sent", async () => {
    const { zk, peer } = await startSession();
    const added = zk.addAuth("digest", "a:b", { signal: AbortSignal.abort() });
    await expect(added).rejects.toMatchObject({ code: "ABORTED", outcome: "not-applied" });
    const read = zk.exists("/a");
    const { xid, type } = await peer.request();
    expect(type).toBe(OpCode.exists);
    peer.reply(xid, { errno: ErrorCode.NO_NODE });
    await read;
  });

  it("are sent on each new connection although their signal aborts after a server has accepted them", async () => {
    const { session, zk, peer } = await startSession();
    const controller = new AbortController();
    const added = zk.addAuth("digest", "a:b", { signal: controller.signal });
    peer.reply((await peer.request()).xid, { zxid: 0n });
    await added;
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    controller.abort();
    await session.lose(peer);
    const next = await session.next();
    await next.handshake();
    next.accept({ timeoutMs: TIMEOUT_MS });
    expect((await next.request()).xid).toBe(Xid.auth);
  });

  it("are rejected after the client was closed", async () => {
    const { session, zk, peer } = await startSession();
    await session.lose(peer);
    await zk.close();
    await expect(zk.addAuth("digest", "a:b")).rejects.toMatchObject({
      code: "CLOSED",
      outcome: "not-applied",
      message: "addAuth digest: the client is closed",
    });
  });
});
