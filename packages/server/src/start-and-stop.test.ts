import { CreateMode, create, ErrorCode, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { requestFrame, Wire } from "../test-support/wire/wire.js";
import { startServer } from "./server.js";

describe("starting and stopping a server", () => {
  it("names the port that is in use, and leaves nothing open", async () => {
    await using first = await startServer();
    await expect(startServer({ clientPort: first.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it.each([
    [{ tickTimeMs: 0 }, "tickTimeMs"],
    [{ clientPort: 65_536 }, "clientPort"],
    [{ minSessionTimeoutMs: 500, maxSessionTimeoutMs: 400 }, "minSessionTimeoutMs"],
    [{ dataLogDir: "/tmp/x" }, "dataDir"],
  ])("refuses options that make no sense: %j", async (options, name) => {
    await expect(startServer(options)).rejects.toThrow(new RegExp(name));
  });

  it("answers the writes that it has taken before it stops", async () => {
    const server = await startServer();
    const one = new Wire(server.port);
    await one.connect();
    const node = { data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT };
    const frames = Array.from({ length: 100 }, (_, index) =>
      requestFrame(create, { ...node, path: `/n${index}` }, index + 1),
    );
    one.raw(Buffer.concat(frames));
    expect(await one.reply()).toMatchObject({ xid: 1 });
    const stopped = server.close();
    for (let xid = 2; xid <= 100; xid++) expect(await one.reply()).toMatchObject({ xid, err: ErrorCode.OK });
    await stopped;
    expect(server.lastZxid).toBe(101n);
  });
});
