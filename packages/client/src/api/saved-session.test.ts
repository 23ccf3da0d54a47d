import { inspect } from "node:util";
import { describeOnEachEnsemble } from "@conclave/vitest";
import { expect, it } from "vitest";
import { connectForLong } from "../../test-support/long-session.js";
import { CreateMode, connect, SavedSession } from "../index.js";

const password = Uint8Array.from({ length: 16 }, (_, i) => i);

it("a saved session with any id is read again from its serialized text", () => {
  for (const id of [1n, -1n, 0x1000_5555_0000_0001n, -(2n ** 63n)]) {
    const saved = SavedSession.parse(new SavedSession(id, password).serialize());
    expect([saved.id, saved.password]).toEqual([id, password]);
  }
});

it("a saved session does not show its password to loggers", () => {
  const saved = new SavedSession(-1n, password);
  const shown = [inspect(saved, { depth: 9 }), JSON.stringify({ saved }), String(saved)].join();
  expect(shown).toContain("0xffffffffffffffff");
  expect(shown).not.toContain(Buffer.from(password).toString("base64"));
  expect(shown).not.toMatch(/password|Uint8Array/);
  expect(Object.values(saved)).toEqual([-1n]);
});

it("SavedSession throws for an invalid id, password or text", () => {
  expect(() => new SavedSession(0n, password)).toThrow(TypeError);
  expect(() => new SavedSession(2n ** 63n, password)).toThrow(TypeError);
  expect(() => new SavedSession(1n, new Uint8Array(15))).toThrow(TypeError);
  for (const text of ["", "0x1", "0x1:AAAA", "1:AAAAAAAAAAAAAAAAAAAAAA=="]) {
    expect(() => SavedSession.parse(text)).toThrow(TypeError);
  }
});

it("connect accepts only a SavedSession as its session", async () => {
  await expect(connect("127.0.0.1:1", { session: { id: 1n, password } as never })).rejects.toThrow(TypeError);
});

describeOnEachEnsemble("a saved session", ({ connectString, root }) => {
  it("is resumed by another client, with its ephemerals", async () => {
    const first = await connectForLong(connectString());
    await first.create(root, null, { mode: CreateMode.EPHEMERAL });
    const text = first.session?.serialize() ?? "";
    await first.close({ keepSession: true });
    await using second = await connectForLong(connectString(), { session: SavedSession.parse(text) });
    expect([second.sessionId, first.state]).toEqual([first.sessionId, "closed"]);
    expect((await second.exists(root))?.ephemeralOwner).toBe(second.sessionId);
    await second.delete(root);
  });

  it("that was closed is refused, and no new one is created", async () => {
    const first = await connectForLong(connectString());
    const { session } = first;
    await first.close();
    await expect(connectForLong(connectString(), { session })).rejects.toMatchObject({
      code: "SESSION_EXPIRED",
      outcome: "rejected",
    });
  });

  it("is refused with a wrong password", async () => {
    await using zk = await connectForLong(connectString());
    const session = new SavedSession(zk.sessionId, password);
    await expect(connectForLong(connectString(), { session })).rejects.toMatchObject({
      code: "SESSION_EXPIRED",
      outcome: "rejected",
      message: `connect: the servers refused the session ${String(session)}: it has expired, or its password is wrong`,
    });
  });

  it("is kept after the client's sent operations are answered", async () => {
    const zk = await connectForLong(connectString());
    const made = zk.create(`${root}-sent`, null, { mode: CreateMode.EPHEMERAL });
    const { session } = zk;
    await zk.close({ keepSession: true });
    expect(await made).toBe(`${root}-sent`);
    await using next = await connectForLong(connectString(), { session });
    expect(await next.exists(`${root}-sent`)).not.toBe(null);
  });
});
