import { connect } from "node:net";
import {
  auth,
  type ConnectRequest,
  CreateMode,
  create,
  deleteNode,
  ErrorCode,
  EventType,
  exists,
  getChildren,
  getData,
  multi,
  OPEN_ACL_UNSAFE,
  OpCode,
  readConnectResponse,
  readWatcherEvent,
  setData,
  setWatches,
  sync,
  Xid,
} from "@conclave/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectFrame, requestFrame, Wire } from "../test-support/wire/wire.js";
import { startServer, type ZooKeeperServer } from "./server.js";

const node = (path: string, flags: number = CreateMode.PERSISTENT) => ({
  path,
  data: null,
  acl: OPEN_ACL_UNSAFE,
  flags,
});
const bare = (type: number) => ({ type, writeRequest: () => {} });

describe("a server", () => {
  let server: ZooKeeperServer;
  const wires: Wire[] = [];

  const wire = (): Wire => {
    const made = new Wire(server.port);
    wires.push(made);
    return made;
  };
  const connected = async (request: Partial<ConnectRequest> = {}): Promise<Wire> => {
    const made = wire();
    await made.connect(request);
    return made;
  };

  beforeEach(async () => {
    server = await startServer({ tickTimeMs: 50, maxSessionTimeoutMs: 20_000, fourLetterWords: ["ruok", "srvr"] });
  });
  afterEach(async () => {
    for (const made of wires.splice(0)) made.destroy();
    await server.close();
  });

  describe("at the handshake", () => {
    it("brings the timeout within its limits, and ends its reply with the readOnly byte only if asked", async () => {
      expect(await wire().connect({ timeoutMs: 1 })).toMatchObject({ timeoutMs: 100, readOnly: false });
      expect(await wire().connect({ timeoutMs: 999_999, readOnly: undefined })).toMatchObject({
        timeoutMs: 20_000,
        readOnly: undefined,
      });
    });

    it("lets a client with the password resume a session, and closes its former connection", async () => {
      const first = wire();
      const { sessionId, password } = await first.connect();
      const second = wire();
      expect(await second.connect({ sessionId, password })).toMatchObject({ sessionId, password });
      await first.closed;
      expect(await second.call(exists, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
    });

    it("refuses a wrong password and an unknown session with a timeout of 0, and closes", async () => {
      const owner = wire();
      const { sessionId, password } = await owner.connect();
      const thief = wire();
      expect(await thief.connect({ sessionId, password: new Uint8Array(16) })).toMatchObject({
        timeoutMs: 0,
        sessionId: 0n,
      });
      await thief.closed;
      // The owner keeps its connection.
      expect(await owner.call(exists, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
      const ghost = wire();
      expect(await ghost.connect({ sessionId: 4711n, password })).toMatchObject({ timeoutMs: 0 });
      await ghost.closed;
    });

    it("closes without a reply on a client that has seen a later transaction", async () => {
      const traveller = wire();
      traveller.raw(connectFrame({ lastZxidSeen: 1_000_000n }));
      await traveller.closed;
      await expect(traveller.frame()).rejects.toThrow("ended");
    });

    it("takes requests that come in the same packet, after its reply", async () => {
      const hasty = wire();
      hasty.raw(
        Buffer.concat([
          connectFrame({}),
          requestFrame(create, node("/a"), 1),
          requestFrame(exists, { path: "/a", watch: false }, 2),
        ]),
      );
      expect(readConnectResponse(await hasty.frame()).sessionId).not.toBe(0n);
      expect(await hasty.reply()).toMatchObject({ xid: 1, err: ErrorCode.OK });
      expect(await hasty.reply()).toMatchObject({ xid: 2, err: ErrorCode.OK });
    });

    it("reads a client that sends byte by byte", async () => {
      const slow = wire();
      for (const byte of connectFrame({})) slow.raw(Uint8Array.of(byte));
      expect(readConnectResponse(await slow.frame()).timeoutMs).toBe(10_000);
      for (const byte of requestFrame(exists, { path: "/", watch: false }, 9)) slow.raw(Uint8Array.of(byte));
      expect(await slow.reply()).toMatchObject({ xid: 9, err: ErrorCode.OK });
    });
  });

  describe("in the order of requests", () => {
    it("answers a connection's requests in their order, and its reads after its own writes", async () => {
      const one = await connected();
      one.send(create, node("/a"), 1);
      one.send(getData, { path: "/a", watch: false }, 2);
      one.send(setData, { path: "/a", data: Uint8Array.of(7), version: 0 }, 3);
      one.send(getData, { path: "/a", watch: false }, 4);
      one.send(setData, { path: "/a", data: Uint8Array.of(8), version: 0 }, 5);
      one.send(deleteNode, { path: "/a", version: 1 }, 6);
      one.send(exists, { path: "/a", watch: false }, 7);
      const replies = [];
      for (let i = 0; i < 7; i++) replies.push(await one.reply());
      expect(replies.map(({ xid, err }) => [xid, err])).toEqual([
        [1, ErrorCode.OK],
        [2, ErrorCode.OK],
        [3, ErrorCode.OK],
        [4, ErrorCode.OK],
        [5, ErrorCode.BAD_VERSION],
        [6, ErrorCode.OK],
        [7, ErrorCode.NO_NODE],
      ]);
      expect(getData.readResponse(replies[3]!.body).data).toEqual(Uint8Array.of(7));
    });

    it("spends a zxid on a write that fails, none on a read", async () => {
      const one = await connected();
      const { zxid } = await one.call(create, node("/a"));
      expect(await one.call(deleteNode, { path: "/none", version: -1 })).toEqual({
        err: ErrorCode.NO_NODE,
        zxid: zxid + 1n,
      });
      expect((await one.call(exists, { path: "/", watch: false })).zxid).toBe(zxid + 1n);
    });

    it("puts an event before the writer's own reply, and before a reply to others that could show the change", async () => {
      const one = await connected();
      await one.call(create, node("/a"));
      await one.call(getData, { path: "/a", watch: true });
      one.send(setData, { path: "/a", data: null, version: -1 }, 5);
      const event = await one.reply();
      expect(event.xid).toBe(Xid.notification);
      expect(readWatcherEvent(event.body)).toEqual({ type: EventType.NODE_DATA_CHANGED, state: 3, path: "/a" });
      const reply = await one.reply();
      expect(reply).toMatchObject({ xid: 5, zxid: event.zxid });
    });

    it("answers sync after the writes of other sessions that it has taken", async () => {
      const writer = await connected();
      const reader = await connected();
      await writer.call(create, node("/a"));
      writer.send(setData, { path: "/a", data: Uint8Array.of(1), version: -1 }, 2);
      await writer.reply();
      expect(await reader.call(sync, { path: "/a" })).toMatchObject({ response: { path: "/a" } });
      expect((await reader.call(getData, { path: "/a", watch: false })).response?.data).toEqual(Uint8Array.of(1));
    });

    it("does all of a multi or none, and answers each part", async () => {
      const one = await connected();
      const done = await one.call(multi, [
        { type: OpCode.create, ...node("/m") },
        { type: OpCode.create2, ...node("/m/s-", CreateMode.PERSISTENT_SEQUENTIAL) },
        { type: OpCode.check, path: "/m", version: 0 },
      ]);
      expect(done.response).toMatchObject([
        { type: OpCode.create, path: "/m" },
        { type: OpCode.create2, path: "/m/s-0000000000", stat: { version: 0 } },
        { type: OpCode.check },
      ]);
      const failed = await one.call(multi, [
        { type: OpCode.setData, path: "/m", data: null, version: 0 },
        { type: OpCode.check, path: "/m", version: 7 },
        { type: OpCode.delete, path: "/m", version: -1 },
      ]);
      expect(failed).toMatchObject({
        err: ErrorCode.OK,
        response: [{ err: ErrorCode.OK }, { err: ErrorCode.BAD_VERSION }, { err: ErrorCode.RUNTIME_INCONSISTENCY }],
      });
      expect((await one.call(multi, [])).response).toEqual([]);
    });
  });

  describe("when watches move with their client", () => {
    it("fires watches of changed znodes at once, restores the others, and answers last", async () => {
      const one = await connected();
      await one.call(create, node("/same"));
      await one.call(create, node("/gone"));
      const { zxid } = await one.call(create, node("/changed"));
      await one.call(setData, { path: "/changed", data: null, version: -1 });
      await one.call(deleteNode, { path: "/gone", version: -1 });
      await one.call(create, node("/same/child"));
      const two = await connected();
      two.send(
        setWatches,
        {
          relativeZxid: zxid,
          dataWatches: ["/same", "/changed", "/gone"],
          existWatches: ["/absent", "/same"],
          childWatches: ["/same", "/gone"],
        },
        Xid.setWatches,
      );
      const seen: string[] = [];
      for (let reply = await two.reply(); reply.xid !== Xid.setWatches; reply = await two.reply()) {
        const { type, path } = readWatcherEvent(reply.body);
        expect(reply.zxid).toBe(-1n);
        seen.push(`${type} ${path}`);
      }
      expect(seen).toEqual([
        `${EventType.NODE_DATA_CHANGED} /changed`,
        `${EventType.NODE_DELETED} /gone`,
        `${EventType.NODE_CREATED} /same`,
        `${EventType.NODE_CHILDREN_CHANGED} /same`,
        `${EventType.NODE_DELETED} /gone`,
      ]);
      await one.call(create, node("/absent"));
      expect(readWatcherEvent((await two.reply()).body)).toMatchObject({
        type: EventType.NODE_CREATED,
        path: "/absent",
      });
    });
  });

  describe("at the end of a session", () => {
    it("answers closeSession, then closes; the ephemerals are deleted and the session cannot be resumed", async () => {
      const one = wire();
      const { sessionId, password } = await one.connect();
      await one.call(create, node("/e", CreateMode.EPHEMERAL));
      one.send(bare(OpCode.closeSession), undefined, 3);
      expect(await one.reply()).toMatchObject({ xid: 3, err: ErrorCode.OK });
      await one.closed;
      const two = await connected();
      expect(await two.call(exists, { path: "/e", watch: false })).toMatchObject({ err: ErrorCode.NO_NODE });
      expect(await wire().connect({ sessionId, password })).toMatchObject({ timeoutMs: 0 });
    });

    it("expires a silent session, fires the watches on its ephemerals, and closes its connection", async () => {
      const silent = await connected({ timeoutMs: 200 });
      await silent.call(create, node("/e", CreateMode.EPHEMERAL));
      const watcher = await connected();
      await watcher.call(getData, { path: "/e", watch: true });
      expect(readWatcherEvent((await watcher.reply()).body)).toMatchObject({
        type: EventType.NODE_DELETED,
        path: "/e",
      });
      await silent.closed;
    });
  });

  describe("asked for credentials", () => {
    const secret = (scheme: string, id: string) => [{ permissions: 31, id: { scheme, id } }];
    const credentials = (text: string, scheme = "digest") => ({ scheme, auth: new TextEncoder().encode(text) });

    it("grants access to a client with the right digest only", async () => {
      const alice = await connected();
      alice.send(auth, credentials("alice:wonderland"), Xid.auth);
      expect(await alice.reply()).toMatchObject({ xid: Xid.auth, zxid: 0n, err: ErrorCode.OK });
      expect(await alice.call(create, { ...node("/hers"), acl: secret("auth", "") })).toMatchObject({
        err: ErrorCode.OK,
      });
      expect(await alice.call(getData, { path: "/hers", watch: false })).toMatchObject({ err: ErrorCode.OK });
      const other = await connected();
      expect(await other.call(getData, { path: "/hers", watch: false })).toMatchObject({ err: ErrorCode.NO_AUTH });
      expect(await other.call(create, { ...node("/mine"), acl: secret("auth", "") })).toMatchObject({
        err: ErrorCode.INVALID_ACL,
      });
      other.send(auth, credentials("alice:wonderland"), Xid.auth);
      await other.reply();
      expect(await other.call(setData, { path: "/hers", data: null, version: 0 })).toMatchObject({ err: ErrorCode.OK });
    });

    it("lets in by address", async () => {
      const one = await connected();
      await one.call(create, { ...node("/here"), acl: secret("ip", "127.0.0.0/8") });
      await one.call(create, { ...node("/elsewhere"), acl: secret("ip", "10.0.0.0/8") });
      expect(await one.call(getChildren, { path: "/here", watch: false })).toMatchObject({ err: ErrorCode.OK });
      expect(await one.call(getChildren, { path: "/elsewhere", watch: false })).toMatchObject({
        err: ErrorCode.NO_AUTH,
      });
    });

    it("refuses a scheme that takes none, and closes", async () => {
      const one = await connected();
      one.send(auth, credentials("x", "kerberos"), Xid.auth);
      expect(await one.reply()).toMatchObject({ xid: Xid.auth, err: ErrorCode.AUTH_FAILED });
      await one.closed;
    });
  });

  describe("against bad input", () => {
    it("closes on an operation that does not exist, after an error without a zxid", async () => {
      const one = await connected();
      one.send(bare(4711), undefined, 3);
      expect(await one.reply()).toMatchObject({ xid: 3, zxid: -1n, err: ErrorCode.UNIMPLEMENTED });
      await one.closed;
    });

    it("refuses check outside a multi in the same way", async () => {
      const one = await connected();
      one.send(bare(OpCode.check), undefined, 3);
      expect(await one.reply()).toMatchObject({ err: ErrorCode.UNIMPLEMENTED });
      await one.closed;
    });

    it("answers a body that cannot be decoded with MARSHALLING_ERROR, in its turn", async () => {
      const one = await connected();
      const frames = [
        requestFrame(create, node("/a"), 1),
        requestFrame(bare(OpCode.getData), undefined, 2),
        requestFrame(bare(OpCode.create), undefined, 3),
        requestFrame(create, node("/b"), 4),
      ];
      // In one packet: the first write is on its way when the others are looked at.
      one.raw(Buffer.concat(frames));
      expect(await one.reply()).toMatchObject({ xid: 1, err: ErrorCode.OK });
      expect(await one.reply()).toMatchObject({ xid: 2, err: ErrorCode.MARSHALLING_ERROR });
      expect(await one.reply()).toMatchObject({ xid: 3, err: ErrorCode.MARSHALLING_ERROR });
      expect(await one.reply()).toMatchObject({ xid: 4, err: ErrorCode.OK });
    });

    it.each([
      ["a negative length", Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
      ["a length beyond its limit", Uint8Array.of(0x7f, 0, 0, 0)],
      ["a handshake that is none", Uint8Array.of(0, 0, 0, 2, 1, 2)],
      ["a password of a megabyte", Uint8Array.from([0, 0, 0, 28, ...new Array(24).fill(0), 0, 16, 0, 0])],
    ])("closes on %s, and other clients notice nothing", async (_what, bytes) => {
      const other = await connected();
      const bad = wire();
      bad.raw(bytes);
      await bad.closed;
      expect(await other.call(getChildren, { path: "/", watch: false })).toMatchObject({ err: ErrorCode.OK });
    });
  });

  describe("asked by four letters", () => {
    const ask = (word: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let text = "";
        const socket = connect({ port: server.port, host: "127.0.0.1" });
        socket.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        socket.on("error", reject);
        socket.on("close", () => resolve(text));
        for (const letter of word) socket.write(letter);
      });

    it("answers the four-letter words on its list, and explains that others are not on it", async () => {
      expect(await ask("ruok")).toBe("imok");
      expect(await ask("srvr")).toMatch(/^Zookeeper version: 3\.9\.5.*\n(.*\n)*Mode: standalone\nNode count: 5\n$/);
      expect(await ask("mntr")).toBe("mntr is not executed because it is not in the whitelist.\n");
    });
  });
});
