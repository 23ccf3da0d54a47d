import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, silentLogger, silentMeter, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { expect, it, onTestFinished } from "vitest";
import { Database } from "../database/database.js";
import { resolveServerOptions } from "../options/resolve-options.js";
import type { ResolvedServerOptions } from "../options/server-options.js";
import { LeaderRole } from "../roles/leader-role.js";
import type { Role } from "../roles/role.js";
import { sessionPassword } from "../sessions/session-id.js";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import { MemberState } from "./member-state.js";
import { tcpNetwork } from "./network.js";
import { Peer, type PeerHost } from "./peer.js";

/** The only member of an ensemble, and what its host is told. */
class LoneLeader {
  readonly log: string[] = [];
  readonly state: MemberState;
  readonly peer: Peer;
  role!: Role;

  private constructor(state: MemberState, options: ResolvedServerOptions) {
    const host: PeerHost = {
      newLearnerRole: () => expect.fail("it has no other server to follow"),
      newLeaderRole: (database, epoch, replicator) =>
        new LeaderRole({
          ...{ database, options, passwordOf: sessionPassword, audit: undefined, epoch, serverId: 1, replicator },
          onBatchApplied() {},
          onSessionExpired() {},
        }),
      serve: (_, role) => {
        this.role = role;
        this.#note("serves");
      },
      suspend: () => this.#note("suspended"),
    };
    this.state = state;
    this.peer = new Peer({
      ...{ id: 1n, state, host, initLimitMs: 60_000, syncLimitMs: 60_000, tickMs: 60_000, maxPacketBytes: 1_000_000 },
      ...{ network: tcpNetwork, clock: systemClock, logger: silentLogger, defer: setImmediate },
    });
  }

  /** Resolves when it serves. */
  static async start(): Promise<LoneLeader> {
    const dataDir = await mkdtemp(join(tmpdir(), "conclave-peer-"));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    const [quorumPort, electionPort] = await freePorts(2);
    const options = resolveServerOptions({ dataDir, preAllocBytes: 4096 });
    const state = await MemberState.open({
      configuration: EnsembleConfiguration.parse(`server.1=127.0.0.1:${quorumPort}:${electionPort}`),
      openDatabase: () => Database.open(options, silentMeter),
      onFailure: (cause) => expect.fail(String(cause)),
    });
    const leader = new LoneLeader(state, options);
    await leader.peer.start();
    await eventually(() => leader.log.length > 0);
    return leader;
  }

  #note(what: string): void {
    this.log.push(`${what}, ${this.peer.status.peerState} ${this.peer.status.leader}`);
  }
}

it("a leader answers no searching server any more when its clients and learners are cut", async () => {
  const { peer, log } = await LoneLeader.start();
  await peer.close();
  expect(log).toEqual(["serves, leading 1", "suspended, looking undefined"]);
});

it("a leader that stops finishes the writes that it has logged, and leaves none that it takes later to the next role", async () => {
  const { peer, role, state } = await LoneLeader.start();
  const opened: string[] = [];
  role.openSession(10_000, () => void opened.push("before the stop"));
  const closed = peer.close();
  role.openSession(10_000, () => void opened.push("after the stop"));
  await closed;
  expect(opened).toEqual(["before the stop"]);
  expect(state.takeUnapplied()).toEqual([]);
});
