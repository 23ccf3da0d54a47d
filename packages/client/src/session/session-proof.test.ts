import { ErrorCode, EventType } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import { type ScriptedSession, startSession, TIMEOUT_MS } from "../../test-support/scripted-session.js";
import type { WatchEvent } from "../api/watch-event.js";

describe("the last transaction that was seen", () => {
  it("is that of the newest reply: an event does not count, whatever zxid it carries", async () => {
    const { session, zk, peer } = await startSession();
    const events: WatchEvent[] = [];
    const absent = zk.exists("/a", { watch: (event) => events.push(event) });
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE, zxid: 0x9n });
    await absent;
    peer.notify(EventType.NODE_CREATED, "/a", 0xbn);
    const probe = zk.delete("/b");
    peer.reply((await peer.request()).xid, { zxid: 0xan });
    await probe;
    expect(events).toHaveLength(1);
    await session.lose(peer);
    const next = await session.next();
    expect((await next.handshake()).lastZxidSeen).toBe(0xan);
  });
});

describe("the deadline of the session", () => {
  /** Expects the deadline one session timeout from now, although `answer` answers the last request a third of it later. */
  const provesWhenSent = async (
    { zk, clock }: { zk: ScriptedSession["zk"]; clock: ScriptedSession["clock"] },
    answer: () => Promise<unknown>,
  ): Promise<void> => {
    clock.stall(TIMEOUT_MS / 3);
    await answer();
    clock.stall(TIMEOUT_MS * (2 / 3) - 1);
    expect(zk.state).toBe("connected");
    clock.stall(1);
    expect(zk.state).not.toBe("connected");
  };

  it("counts from the sending of an operation, not from its answer", async () => {
    const { zk, peer, clock } = await startSession();
    clock.advance(TIMEOUT_MS / 3 - 1);
    const probe = zk.delete("/a");
    const { xid } = await peer.request();
    await provesWhenSent({ zk, clock }, () => {
      peer.reply(xid);
      return probe;
    });
  });

  it("counts from the sending of a ping, not from its answer", async () => {
    const { zk, peer, clock } = await startSession();
    let onEvent = (): void => {};
    const event = new Promise<void>((resolve) => {
      onEvent = resolve;
    });
    const absent = zk.exists("/a", { watch: onEvent });
    peer.reply((await peer.request()).xid, { errno: ErrorCode.NO_NODE });
    await absent;
    clock.advance(TIMEOUT_MS / 3);
    const { xid } = await peer.anyRequest();
    await provesWhenSent({ zk, clock }, () => {
      peer.atOnce(() => {
        peer.reply(xid);
        peer.notify(EventType.NODE_CREATED, "/a");
      });
      return event;
    });
  });

  it("counts from the sending of the handshake, not from its answer", async () => {
    const { session, zk, peer, clock } = await startSession();
    clock.advance(TIMEOUT_MS / 3);
    await session.lose(peer);
    const second = await session.server.connection();
    await second.handshake();
    await provesWhenSent({ zk, clock }, async () => {
      second.accept({ timeoutMs: TIMEOUT_MS });
      await session.reached("connected");
    });
  });
});
