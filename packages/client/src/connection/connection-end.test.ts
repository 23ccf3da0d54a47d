import { EventType, OpCode, Xid } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { LIMIT_MS, openConnection, removal, servingConnection } from "../../test-support/scripted-connection.js";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the end of a connection", () => {
  it("by the server is reported once, with its reason, and fails sent and unsent operations", async () => {
    const { connection, peer, calls, errors, ended, server } = await servingConnection();
    const sent = removal("/sent");
    connection.send(sent);
    await peer.request();
    peer.hangUp();
    const unsent = removal("/unsent");
    await ended;
    connection.send(unsent);
    await expect(sent.promise).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "unknown", cause: errors[0] });
    await expect(unsent.promise).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "not-applied" });
    expect(errors).toMatchObject([
      { reason: "closed", message: `${server.connectString}: the server closed the connection` },
    ]);
    connection.end("ended", "by the test");
    expect(calls).toEqual(["attached, handshake sent at 1000", "ended: closed"]);
  });

  it("by the client fails its operations with the given code, and stops its timers", async () => {
    const { connection, peer, clock, calls } = await servingConnection();
    const [sent, unsent] = [removal("/sent"), removal("/unsent")];
    connection.send(sent);
    await peer.request();
    connection.send(unsent);
    connection.end("ended", "by the test", "CLOSED");
    await expect(sent.promise).rejects.toMatchObject({ code: "CLOSED", outcome: "unknown" });
    await expect(unsent.promise).rejects.toMatchObject({ code: "CLOSED", outcome: "not-applied" });
    await peer.closed;
    expect([clock.pending, calls.at(-1), peer.unread]).toEqual([0, "ended: ended", 0]);
  });

  it("is reported once if the comparison of the clock ends the connection first", async () => {
    let comparisons = 0;
    const { connection, errors } = await servingConnection(
      {},
      {
        compareClock: () => {
          comparisons += 1;
          if (comparisons === 1) connection.end("ended", "the session has expired");
        },
      },
    );
    connection.end("closed", "the server closed the connection");
    connection.end("closed", "the server closed the connection");
    expect(errors).toMatchObject([{ reason: "ended", message: expect.stringContaining("the session has expired") }]);
    expect(comparisons).toBe(2);
  });

  it("because the server is silent says for how long", async () => {
    const { clock, errors } = await servingConnection();
    clock.advance(2 * LIMIT_MS);
    const message = expect.stringContaining("no complete reply arrived for 6000 ms");
    expect(errors).toMatchObject([{ reason: "silent", message }]);
  });

  it("by malformed bytes has their error as its cause, and does not name another protocol", async () => {
    const { peer, errors, ended } = await servingConnection();
    peer.raw(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await ended;
    const [error] = errors;
    expect(error).toMatchObject({ reason: "malformed", cause: { name: "ProtocolError" } });
    expect(error?.message).not.toContain("speaks HTTP");
    expect(error?.message).toContain("longer than maxReplyBytes (1000000)");
  });

  it("is followed by no event of the same bytes", async () => {
    const { connection, peer, calls, ended } = await servingConnection();
    connection.authenticate({ scheme: "digest", auth: null }, () => connection.end("refused", "by the test"));
    await peer.request();
    peer.atOnce(() => {
      peer.reply(Xid.auth);
      peer.notify(EventType.NODE_CREATED, "/a");
    });
    await ended;
    await peer.closed;
    expect(calls).toEqual(["attached, handshake sent at 1000", "ended: refused"]);
  });
});

describe("credentials", () => {
  it("are not sent before the handshake is answered, nor after the connection has ended", async () => {
    const { connection, server, attached } = await openConnection();
    let replies = 0;
    const onReply = (): void => {
      replies += 1;
    };
    connection.authenticate({ scheme: "digest", auth: null }, onReply);
    const peer = await server.connection();
    await peer.handshake();
    peer.accept();
    await attached;
    connection.authenticate({ scheme: "digest", auth: null }, onReply);
    expect((await peer.request()).type).toBe(OpCode.auth);
    peer.reply(Xid.auth);
    while (replies === 0) await turn();
    connection.end("ended", "by the test");
    connection.authenticate({ scheme: "digest", auth: null }, onReply);
    await peer.closed;
    expect([replies, peer.unread]).toEqual([1, 0]);
  });
});
