import { OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { LIMIT_MS, openConnection, removal } from "../../test-support/scripted-connection.js";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a connection with SASL", () => {
  const mechanism = (answer: () => Uint8Array | undefined | Promise<undefined>) => () => ({
    start: () => Buffer.from("hello"),
    answer,
  });
  const authenticating = async (answer: () => Uint8Array | undefined | Promise<undefined> = () => undefined) => {
    const context = await openConnection({ sasl: mechanism(answer) });
    const peer = await context.server.connection();
    await peer.handshake();
    peer.accept({ timeoutMs: 3 * LIMIT_MS });
    const { xid } = await peer.request();
    return { ...context, peer, xid };
  };
  const accept = (out: { writeBuffer(bytes: Uint8Array | null): void }) => out.writeBuffer(null);

  it("is attached when the exchange is complete, and sends operations then", async () => {
    const { connection, peer, xid, attached, calls, clock } = await authenticating();
    const early = removal("/early");
    connection.send(early);
    await expect(early.promise).rejects.toMatchObject({ code: "CONNECTION_LOSS", outcome: "not-applied" });
    expect(calls).toEqual([]);
    peer.reply(xid, { write: accept });
    await attached;
    connection.send(removal("/a"));
    expect((await peer.request()).type).toBe(OpCode.delete);
    // The heartbeat's timer is left.
    expect([calls, clock.pending]).toEqual([["attached, handshake sent at 1000"], 1]);
  });

  it("ends if the exchange does not finish in time", async () => {
    const { clock, errors, server, peer, connection } = await authenticating();
    expect(connection.waitsFor).toBe(`the SASL exchange with ${server.connectString}`);
    clock.advance(LIMIT_MS - 1);
    expect(errors).toEqual([]);
    clock.advance(1);
    const message = `${server.connectString}: the SASL exchange did not finish within 3000 ms`;
    expect(errors).toMatchObject([{ reason: "timeout", message }]);
    await peer.closed;
  });

  it("ends if the server refuses the client", async () => {
    const { errors, ended, peer, xid } = await authenticating();
    peer.reply(xid, { errno: -115 });
    await ended;
    const message = expect.stringContaining("SASL: the server refused: AUTH_FAILED (-115)");
    expect(errors).toMatchObject([{ reason: "unauthenticated", message }]);
  });

  it("has the error of the mechanism as the cause of its end", async () => {
    const thrown = new Error("not the server");
    const { errors, ended, peer, xid } = await authenticating(() => {
      throw thrown;
    });
    peer.reply(xid, { write: accept });
    await ended;
    expect(errors).toMatchObject([{ reason: "unauthenticated", cause: thrown }]);
  });

  it("says if the server closes it during the exchange", async () => {
    const { errors, ended, peer } = await authenticating();
    peer.hangUp();
    await ended;
    const message = expect.stringContaining("the server closed the connection during SASL");
    expect(errors).toMatchObject([{ reason: "closed", message }]);
  });

  it("is not attached by a mechanism that finishes after its end", async () => {
    let finish = (): void => {};
    let asked = (): void => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { calls, ended, peer, xid, clock } = await authenticating(
      () =>
        new Promise<undefined>((resolve) => {
          finish = () => resolve(undefined);
          asked();
        }),
    );
    peer.reply(xid, { write: accept });
    await isAsked;
    peer.hangUp();
    await ended;
    finish();
    await turn();
    expect([calls, clock.pending]).toEqual([["ended: closed"], 0]);
  });

  it("passes on that the session has expired without an exchange", async () => {
    const { server, attached, connection } = await openConnection({ sasl: mechanism(() => undefined) });
    const peer = await server.connection();
    await peer.handshake();
    peer.refuse();
    await attached;
    connection.end("ended", "by the test");
    await peer.closed;
    expect(peer.unread).toBe(0);
  });
});
