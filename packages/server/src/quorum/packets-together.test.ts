import { EventEmitter } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  JuteReader,
  JuteWriter,
  OpCode,
  PacketType,
  type QuorumPacket,
  QuorumPacketDecoder,
  writeQuorumPacket,
} from "@conclave/protocol";
import { silentLogger, silentMeter, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { Database } from "../database/database.js";
import { resolveServerOptions } from "../options/resolve-options.js";
import type { CommitQueue } from "../pipeline/commit-queue.js";
import { LeaderRole } from "../roles/leader-role.js";
import { LearnerRole } from "../roles/learner-role.js";
import { sessionPassword } from "../sessions/session-id.js";
import { recordBytes } from "../storage/record-bytes.js";
import { counterOf, zxidOf } from "../tree/zxid.js";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import type { LeaderPacket, LearnerPacket } from "../zab/packets.js";
import { LeaderRun } from "./leader-run.js";
import { LearnerRun } from "./learner-run.js";
import { MemberState } from "./member-state.js";
import { MemberStats } from "./member-stats.js";
import type { ListenOptions, Network, QuorumSocket } from "./network.js";
import { encodeLeaderPacket, encodeLearnerPacket } from "./packet-codec.js";

/** Servers 1 to 3. */
const SERVERS = [1, 2, 3].map((id) => `server.${id}=127.0.0.1:${id}:${id}0`).join("\n");
/** Times that no test reaches. */
const LIMITS = { initLimitMs: 600_000, syncLimitMs: 600_000, tickMs: 600_000 };
/** Packet of a learner that is not of zab/. */
const TOUCHES: QuorumPacket = { type: PacketType.PING, zxid: 0n, data: new Uint8Array(0), authInfo: null };

/** The other end of a connection: what the test gives to {@link read} arrives in one read. */
class OtherEnd extends EventEmitter {
  /** Types of the packets that came, in one text for each write. */
  readonly writes: string[] = [];
  readonly remoteAddress = "127.0.0.1";
  readonly remotePort = 1;
  readonly writableLength = 0;
  readonly #decoder: QuorumPacketDecoder;
  #types: string[] = [];

  constructor() {
    super();
    this.#decoder = new QuorumPacketDecoder({
      maxDataBytes: 2 ** 20,
      onPacket: ({ type, zxid }) => this.#types.push(`${nameOf(type)} ${zxid < 0n ? "" : counterOf(zxid)}`.trim()),
    });
  }

  get socket(): QuorumSocket {
    return this as unknown as QuorumSocket;
  }

  write(bytes: Uint8Array): boolean {
    this.#decoder.push(bytes);
    this.writes.push(this.#types.splice(0).join(", "));
    return true;
  }

  destroy(): void {
    this.emit("close");
  }

  /** Brings packets in one read. */
  read(...packets: readonly QuorumPacket[]): void {
    const out = new JuteWriter();
    for (const packet of packets) writeQuorumPacket(out, packet);
    this.emit("data", Buffer.from(out.take()));
  }

  /** Resolves when a packet of this name has come. */
  async has(name: string): Promise<void> {
    await eventually(() => this.writes.some((write) => write.includes(name)), { intervalMs: 1 });
  }
}

const nameOf = (type: number): string =>
  Object.entries(PacketType)
    .find(([, value]) => value === type)?.[0]
    .toLowerCase() ?? String(type);

const fromLearner = (packet: LearnerPacket): QuorumPacket => encodeLearnerPacket(packet);
const ack = (counter: number): QuorumPacket => fromLearner({ type: "ack", zxid: zxidOf(1, counter) });
const info = (id: bigint): QuorumPacket =>
  fromLearner({ type: "learnerInfo", id, role: "follower", acceptedEpoch: 0, configurationVersion: 0n });
const ackEpoch = fromLearner({ type: "ackEpoch", currentEpoch: 0, lastZxid: 0n });

const fromLeader = (packet: LeaderPacket): QuorumPacket => {
  const encoded = encodeLeaderPacket(packet, recordBytes);
  return { ...encoded, data: encoded.data === null ? null : encoded.data.slice() };
};
const commit = (counter: number): QuorumPacket => fromLeader({ type: "commit", zxid: zxidOf(1, counter) });
/** A session that is created. */
const proposal = (counter: number): QuorumPacket => {
  const header = { clientId: BigInt(counter), cxid: 0, zxid: zxidOf(1, counter), time: 1, type: OpCode.createSession };
  return fromLeader({ type: "proposal", record: { header, txn: { type: OpCode.createSession, timeoutMs: 9_000 } } });
};

async function openState() {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-together-"));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const options = resolveServerOptions({ dataDir, preAllocBytes: 4096 });
  const state = await MemberState.open({
    configuration: EnsembleConfiguration.parse(SERVERS),
    openDatabase: () => Database.open(options, silentMeter),
    onFailure: (cause) => expect.fail(String(cause)),
  });
  onTestFinished(() => state.close());
  return { state, options };
}

const COMMON = { clock: systemClock, logger: silentLogger, defer: setImmediate, maxPacketBytes: 2 ** 20, ...LIMITS };

/** A leader that two followers may join, and what it does. */
class LeaderScenario {
  readonly log: string[] = [];
  #accept!: ListenOptions["onConnection"];
  #queue!: CommitQueue;
  role!: LeaderRole;
  #sessions = 0;
  #follower: OtherEnd | undefined;

  /** Starts the leader, and has server 2 follow it. */
  static async start(): Promise<{ readonly leader: LeaderScenario; readonly follower: OtherEnd }> {
    const leader = new LeaderScenario();
    const { state, options } = await openState();
    const network: Network = {
      connect: () => expect.fail("a leader dials no server"),
      listen: async ({ onConnection }) => {
        leader.#accept = onConnection;
        return { port: 1, close: async () => {} };
      },
    };
    const ended = new Promise<void>((resolve) => {
      const run = new LeaderRun({
        ...{ ...COMMON, id: 1n, state, stats: new MemberStats(), network, listen: [{ host: "127.0.0.1", port: 1 }] },
        newRole: ({ epoch, replicator }) =>
          new LeaderRole({
            ...{ database: state.database, options, passwordOf: sessionPassword, audit: undefined, epoch, serverId: 1 },
            replicator: (queue) => {
              leader.#queue = queue;
              return replicator(queue);
            },
            onBatchApplied: () => void leader.log.push("replies leave"),
            onSessionExpired() {},
          }),
        onServing: (role) => {
          leader.role = role;
        },
        onEnding() {},
        onEnded: () => resolve(),
      });
      onTestFinished(async () => {
        run.stop();
        // It waits for what is proposed.
        leader.#follower?.read(ack(leader.#sessions));
        await ended;
      });
    });
    await eventually(() => leader.#accept, { intervalMs: 1 });
    const follower = await leader.join(2n);
    follower.read(ack(0));
    await eventually(() => leader.role, { intervalMs: 1 });
    leader.#follower = follower;
    return { leader, follower };
  }

  /** Has a server join. Resolves when it is to acknowledge NEWLEADER. */
  async join(id: bigint): Promise<OtherEnd> {
    const follower = new OtherEnd();
    this.#accept(follower.socket);
    follower.read(info(id));
    await follower.has("leaderinfo");
    follower.read(ackEpoch);
    await follower.has("newleader");
    return follower;
  }

  /** Proposes sessions. Resolves when they are on the leader's disk and sent. */
  async propose(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const number = ++this.#sessions;
      this.role.openSession(9_000, () => void this.log.push(`session ${number}`));
    }
    await eventually(() => this.#queue.durable === this.#queue.proposed, { intervalMs: 1 });
    await new Promise(setImmediate);
  }
}

describe("a leader", () => {
  it("takes the last of the acknowledgements of one read, so that their replies leave together", async () => {
    const { leader, follower } = await LeaderScenario.start();
    await leader.propose(3);
    const before = follower.writes.length;
    follower.read(ack(1), ack(2), ack(3));
    expect(leader.log).toEqual(["session 1", "session 2", "session 3", "replies leave"]);
    await follower.has("commit 3");
    expect(follower.writes.slice(before)).toEqual(["commit 1, commit 2, commit 3"]);
  });

  it("takes acknowledgements of two reads one after the other", async () => {
    const { leader, follower } = await LeaderScenario.start();
    await leader.propose(3);
    follower.read(ack(1), ack(2));
    follower.read(ack(3));
    expect(leader.log).toEqual(["session 1", "session 2", "replies leave", "session 3", "replies leave"]);
  });

  it("goes on with the acknowledgements of a read after a packet about clients", async () => {
    const { leader, follower } = await LeaderScenario.start();
    await leader.propose(2);
    follower.read(ack(1), TOUCHES, ack(2));
    expect(leader.log).toEqual(["session 1", "session 2", "replies leave"]);
  });

  it("takes acknowledgements before a packet for which it disconnects the learner", async () => {
    const { leader, follower } = await LeaderScenario.start();
    await leader.propose(2);
    follower.read(ack(1), ack(2), info(2n));
    expect(leader.log).toEqual(["session 1", "session 2", "replies leave"]);
  });

  it("takes the acknowledgement of NEWLEADER by itself, although a later one is in the same read", async () => {
    const { leader } = await LeaderScenario.start();
    const late = await leader.join(3n);
    await leader.propose(1);
    late.read(ack(0), ack(1));
    expect(leader.log).toEqual(["session 1", "replies leave"]);
    await late.has("uptodate");
  });
});

/** A follower of a leader that sends what the test says, and what it does. */
class FollowerScenario {
  readonly log: string[] = [];
  readonly leader = new OtherEnd();
  role!: LearnerRole;

  /** Resolves when the follower serves, and has the proposals 1 to 3 on its disk. */
  static async start(): Promise<FollowerScenario> {
    const scenario = new FollowerScenario();
    const { leader, log } = scenario;
    const { state, options } = await openState();
    const network: Network = {
      connect: () => leader.socket,
      listen: () => expect.fail("a follower has no port for learners"),
    };
    const ended = new Promise<void>((resolve) => {
      const run = new LearnerRun({
        ...{ ...COMMON, state, stats: new MemberStats(), network, masters: [{ id: 1n, host: "127.0.0.1", port: 1 }] },
        learner: {
          ...{ id: 2n, role: "follower", leader: 1n, acceptedEpoch: 0, currentEpoch: 0, lastZxid: 0n, ...LIMITS },
          ...{ configurations: state.quorums, reconfigEnabled: false },
        },
        newRole: (link) => {
          const { database } = state;
          scenario.role = new LearnerRole({
            ...{ mode: "follower", serverId: 2, database, options, passwordOf: sessionPassword, audit: undefined },
            leader: link,
            onBatchApplied: () => void log.push(`replies up to ${counterOf(database.tree.lastZxid)} leave`),
          });
          return scenario.role;
        },
        onServing: () => void log.push("serves"),
        onEnding() {},
        onEnded: () => resolve(),
      });
      onTestFinished(() => {
        run.stop();
        return ended;
      });
    });
    leader.emit("connect");
    await leader.has("followerinfo");
    leader.read(fromLeader({ type: "leaderInfo", epoch: 1 }));
    await leader.has("ackepoch");
    leader.read(fromLeader({ type: "diff", zxid: 0n }));
    leader.read(fromLeader({ type: "newLeader", zxid: zxidOf(1), configuration: undefined }));
    await leader.has("ack 0");
    leader.read(fromLeader({ type: "upToDate" }));
    leader.read(proposal(1), proposal(2), proposal(3));
    await leader.has("ack 3");
    expect(log.splice(0)).toEqual(["serves"]);
    return scenario;
  }

  /** Notes when a `sync` of a client is answered. */
  sync(): void {
    const request = { sessionId: 1n, cxid: 1, type: OpCode.sync, body: new JuteReader(new Uint8Array(0)), ids: [] };
    this.role.sync(request, { applied: (_, zxid) => void this.log.push(`synchronized at ${counterOf(zxid)}`) });
  }
}

describe("a follower", () => {
  it("acknowledges the proposals of one read in one write", async () => {
    const { leader } = await FollowerScenario.start();
    expect(leader.writes.at(-1)).toBe("ack 1, ack 2, ack 3");
  });

  it("applies the commits of one read as one batch, also around a proposal", async () => {
    const { leader, log } = await FollowerScenario.start();
    leader.read(commit(1), proposal(4), commit(2));
    expect(log).toEqual(["replies up to 2 leave"]);
    leader.read(commit(3));
    expect(log).toEqual(["replies up to 2 leave", "replies up to 3 leave"]);
  });

  it("applies the commits before the answer to a sync, and those after it when the read ends", async () => {
    const scenario = await FollowerScenario.start();
    const { leader, log } = scenario;
    scenario.sync();
    leader.read(commit(1), commit(2), fromLeader({ type: "sync" }), commit(3));
    const leaves = "replies up to 2 leave";
    expect(log).toEqual([leaves, "synchronized at 2", leaves, "replies up to 3 leave"]);
  });
});
