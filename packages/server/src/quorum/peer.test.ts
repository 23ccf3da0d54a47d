import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts, silentLogger, silentMeter, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { expect, it } from "vitest";
import { Database } from "../database/database.js";
import { resolveServerOptions } from "../options/resolve-options.js";
import { LeaderRole } from "../roles/leader-role.js";
import { sessionPassword } from "../sessions/session-id.js";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import { MemberState } from "./member-state.js";
import { tcpNetwork } from "./network.js";
import { Peer, type PeerHost } from "./peer.js";

it("a leader answers no searching server any more when its clients and learners are cut", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "conclave-peer-"));
  const [quorumPort, electionPort] = await freePorts(2);
  const options = resolveServerOptions({ dataDir, preAllocBytes: 4096 });
  const state = await MemberState.open({
    configuration: EnsembleConfiguration.parse(`server.1=127.0.0.1:${quorumPort}:${electionPort}`),
    openDatabase: () => Database.open(options, silentMeter),
    onFailure: (cause) => expect.fail(String(cause)),
  });
  const log: string[] = [];
  const host: PeerHost = {
    newLearnerRole: () => expect.fail("it has no other server to follow"),
    newLeaderRole: (database, epoch, replicator) =>
      new LeaderRole({
        ...{ database, options, passwordOf: sessionPassword, audit: undefined, epoch, serverId: 1, replicator },
        onBatchApplied() {},
        onSessionExpired() {},
      }),
    serve: () => void log.push(`serves, ${peer.status.peerState} ${peer.status.leader}`),
    suspend: () => void log.push(`suspended, ${peer.status.peerState} ${peer.status.leader}`),
  };
  const peer: Peer = new Peer({
    ...{ id: 1n, state, host, initLimitMs: 60_000, syncLimitMs: 60_000, tickMs: 1000, maxPacketBytes: 1_000_000 },
    ...{ network: tcpNetwork, clock: systemClock, logger: silentLogger, defer: setImmediate },
  });
  await peer.start();
  await eventually(() => log.length > 0);
  await peer.close();
  expect(log).toEqual(["serves, leading 1", "suspended, looking undefined"]);
  await rm(dataDir, { recursive: true });
});
