import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateMode,
  create,
  forwardedRequest,
  JuteWriter,
  OPEN_ACL_UNSAFE,
  OpCode,
  PacketType,
  QuorumPacketDecoder,
  revalidation,
  writeQuorumPacket,
} from "@conclave/protocol";
import { freePorts } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { expect, it, onTestFinished } from "vitest";
import { Wire } from "../../test-support/wire/wire.js";
import { startServer } from "../server.js";
import { zxidOf } from "../tree/zxid.js";
import type { LeaderPacket } from "../zab/packets.js";
import { decodeLeaderPacket, encodeLearnerPacket } from "./packet-codec.js";

const HOST = "127.0.0.1";

/** Starts two voters. Returns the one that follows, and its port for observers. */
async function startFollower() {
  const folder = await mkdtemp(join(tmpdir(), "conclave-observer-master-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [observerMasterPort = 0, ...ports] = await freePorts(5);
  const servers = `server.1=${HOST}:${ports[0]}:${ports[1]}\nserver.2=${HOST}:${ports[2]}:${ports[3]}`;
  const started = await Promise.all(
    [1, 2].map((id) =>
      startServer({
        ...{ dataDir: join(folder, String(id)), clientPort: 0, tickTimeMs: 500, maxSessionTimeoutMs: 60_000 },
        ensemble: { id, servers, observerMasterPort, initLimit: 120, syncLimit: 120 },
      }),
    ),
  );
  onTestFinished(async () => void (await Promise.all(started.map((server) => server.close()))));
  await Promise.all(started.map((server) => server.whenServing()));
  return { follower: started.find(({ mode }) => mode === "follower")!, observerMasterPort };
}

/** An observer that sends what the test says, and keeps no tree. */
class PlainObserver {
  readonly #socket: Socket;
  readonly #packets: LeaderPacket[] = [];
  #taken = 0;

  private constructor(port: number) {
    this.#socket = connect({ host: HOST, port });
    const decoder = new QuorumPacketDecoder({
      maxDataBytes: 2 ** 20,
      onPacket: (packet) => this.#packets.push(decodeLeaderPacket(packet)),
    });
    this.#socket.on("data", (chunk: Buffer) => decoder.push(chunk));
    this.#socket.on("error", () => {});
    onTestFinished(() => void this.#socket.destroy());
  }

  static async start(port: number, id: bigint): Promise<PlainObserver> {
    const observer = new PlainObserver(port);
    const info = { type: "learnerInfo", role: "observer", acceptedEpoch: 0, configurationVersion: 0n } as const;
    observer.#send(encodeLearnerPacket({ ...info, id }));
    const { epoch } = await observer.next("leaderInfo");
    observer.#send(encodeLearnerPacket({ type: "ackEpoch", currentEpoch: 0, lastZxid: 0n }));
    await observer.next("newLeader");
    observer.#send(encodeLearnerPacket({ type: "ack", zxid: zxidOf(epoch) }));
    await observer.next("upToDate");
    return observer;
  }

  /** Resolves with the next packet of this type. */
  async next<T extends LeaderPacket["type"]>(type: T): Promise<Extract<LeaderPacket, { type: T }>> {
    const found = await eventually(() => {
      const at = this.#packets.findIndex((packet, index) => index >= this.#taken && packet.type === type);
      if (at >= 0) this.#taken = at + 1;
      return this.#packets[at];
    });
    return found as Extract<LeaderPacket, { type: T }>;
  }

  async revalidate(sessionId: bigint): Promise<boolean> {
    const data = revalidation.encode({ sessionId, timeoutMs: 60_000 });
    this.#send({ type: PacketType.REVALIDATE, zxid: -1n, data, authInfo: null });
    return (await this.next("revalidate")).isValid;
  }

  /** Forwards a write of a client. Resolves with the type of its transaction. */
  async create(sessionId: bigint, cxid: number, path: string): Promise<number> {
    const body = new JuteWriter();
    create.writeRequest(body, { path, data: null, acl: OPEN_ACL_UNSAFE, flags: CreateMode.PERSISTENT });
    const data = forwardedRequest.encode({ sessionId, cxid, type: OpCode.create, body: body.take() });
    this.#send({ type: PacketType.REQUEST, zxid: -1n, data, authInfo: [] });
    for (;;) {
      const { header, txn } = (await this.next("inform")).record;
      if (header.clientId === sessionId && header.cxid === cxid) return txn.type;
    }
  }

  #send(packet: Parameters<typeof writeQuorumPacket>[1]): void {
    const out = new JuteWriter();
    writeQuorumPacket(out, packet);
    this.#socket.write(out.take());
  }
}

it("a write from a former place of a session is refused, wherever its client moves among a follower and its observers", async () => {
  const { follower, observerMasterPort } = await startFollower();
  const [one, two] = await Promise.all([8n, 9n].map((id) => PlainObserver.start(observerMasterPort, id)));
  const wire = new Wire(follower.port);
  onTestFinished(() => wire.destroy());
  const { sessionId, password } = await wire.connect();
  expect(await one!.revalidate(sessionId)).toBe(true);
  await wire.closed;
  expect(await one!.create(sessionId, 1, "/one")).toBe(OpCode.create);
  expect(await two!.revalidate(sessionId)).toBe(true);
  expect(await one!.create(sessionId, 2, "/late")).toBe(OpCode.error);
  expect(await one!.revalidate(7n)).toBe(false);
  const back = new Wire(follower.port);
  onTestFinished(() => back.destroy());
  expect((await back.connect({ sessionId, password })).sessionId).toBe(sessionId);
  expect(await one!.create(sessionId, 3, "/late")).toBe(OpCode.error);
});
