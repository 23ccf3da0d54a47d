import { ErrorCode, OpCode, Xid } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";

describe("aborted credentials", () => {
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
    await expect(zk.addAuth("digest", "a:b")).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied" });
  });
});
