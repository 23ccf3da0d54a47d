import { ErrorCode } from "@conclave/protocol";
import { silentLogger } from "@conclave/runtime";
import { afterEach, describe, expect, it } from "vitest";
import type { ConnectOptions } from "../options/connect-options.js";
import { ScriptedSession } from "../scripted-server/scripted-session.js";

const open: ScriptedSession[] = [];
afterEach(async () => {
  for (const session of open.splice(0)) await session.close();
});
const start = async (options: ConnectOptions = {}) => {
  const started = await ScriptedSession.start(options);
  open.push(started.session);
  return started;
};

describe("aborted credentials", () => {
  it("are not reported if the server refuses them later, and the session continues", async () => {
    const errors: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => void errors.push(message) };
    const { zk, peer } = await start({ logger });
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
