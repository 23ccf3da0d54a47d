import { ErrorCode } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { describe, expect, it } from "vitest";
import { startSession } from "../../test-support/scripted-session.js";

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
