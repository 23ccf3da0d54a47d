import type { Database } from "./database/database.js";
import type { ResolvedEnsemble } from "./options/ensemble-options.js";
import type { ResolvedServerOptions } from "./options/server-options.js";
import type { Locate } from "./quorum/learner-masters.js";
import { MemberState } from "./quorum/member-state.js";
import { tcpNetwork } from "./quorum/network.js";
import { Peer, type PeerHost } from "./quorum/peer.js";
import { type SecureNetwork, secureNetwork } from "./quorum/secure-network.js";
import { LeaderRole } from "./roles/leader-role.js";
import { LearnerRole } from "./roles/learner-role.js";
import type { ProposingRoleParts } from "./roles/proposing-role.js";
import { ReadOnlyRole } from "./roles/read-only-role.js";
import { sessionPassword } from "./sessions/session-id.js";
import type { ClientPlaces, ClientPorts } from "./transport/client-ports.js";
import { MAX_RECORD_BYTES } from "./tree/txn-size.js";
import { EnsembleConfiguration } from "./zab/configuration/ensemble-configuration.js";
import { type Member, parseMember } from "./zab/configuration/member.js";

/** Parts of a server that its membership in an ensemble uses. */
export interface MemberParts extends Pick<PeerHost, "serve" | "suspend"> {
  readonly options: ResolvedServerOptions;
  readonly ports: ClientPorts;
  readonly openDatabase: () => Promise<Database>;
  readonly roleParts: (database: Database, passwordOf: ProposingRoleParts["passwordOf"]) => ProposingRoleParts;
  readonly onFailure: (cause: unknown) => void;
}

/** A server of an ensemble; {@link Peer.start} begins to look for a leader. */
export interface EnsembleMember {
  readonly database: Database;
  readonly peer: Peer;
  /** `undefined` if the servers of the ensemble use neither TLS nor authentication. */
  readonly network: SecureNetwork | undefined;
}

/** Opens the data of a server of an ensemble, and composes its quorum and its roles. */
export async function openMember(ensemble: ResolvedEnsemble, parts: MemberParts): Promise<EnsembleMember> {
  const { id, servers, initLimit, syncLimit, listenAddress, reconfigEnabled, configFile } = ensemble;
  const { observerMasterPort, observerReconnectDelayMs, observerElectionDelayMs, emptyDataVotes, joinAs } = ensemble;
  const { tickTimeMs, clock, random, logger } = parts.options;
  const configuration = EnsembleConfiguration.parse(servers);
  const state = await MemberState.open({
    ...{ id: BigInt(id), configuration, reconfigEnabled, configFile, emptyDataVotes },
    joinAs: joinAs === undefined ? undefined : joiningMember(BigInt(id), joinAs),
    openDatabase: parts.openDatabase,
    onFailure: parts.onFailure,
  });
  const network = secureNetwork(ensemble, parts.options);
  const peer = new Peer({
    ...{ id: BigInt(id), state, clock, random, logger },
    ...{ host: peerHost(id, configuration, parts), network: network ?? tcpNetwork },
    ...{ initLimitMs: initLimit * tickTimeMs, syncLimitMs: syncLimit * tickTimeMs, tickMs: tickTimeMs },
    ...{ maxPacketBytes: MAX_RECORD_BYTES, listenHost: listenAddress, reconfigEnabled },
    ...{ observerMasterPort, observerReconnectDelayMs, observerElectionDelayMs, locate: locator(ensemble) },
    ...{ largestCounter: ensemble.largestCounter, leastVoters: ensemble.standaloneEnabled ? 2 : 1 },
    defer: setImmediate,
  });
  return { database: state.database, peer, network };
}

function peerHost(serverId: number, given: EnsembleConfiguration, parts: MemberParts): PeerHost {
  const { options, ports, roleParts, serve, suspend } = parts;
  let places: ClientPlaces = given.members.get(BigInt(serverId)) ?? {};
  return {
    configured: (active) => {
      const next = active.members.get(BigInt(serverId)) ?? {};
      ports.moveTo(next, places);
      places = { ...places, ...next };
    },
    newLearnerRole: (mode, database, leader) =>
      new LearnerRole({ ...roleParts(database, sessionPassword), mode, serverId, leader }),
    newLeaderRole: (database, epoch, replicator, reconfiguration) =>
      new LeaderRole({ ...roleParts(database, sessionPassword), epoch, serverId, replicator, reconfiguration }),
    ...(options.readOnlyMode && {
      newReadOnlyRole: (database: Database) => new ReadOnlyRole({ ...roleParts(database, sessionPassword), serverId }),
    }),
    serve,
    suspend,
  };
}

function joiningMember(id: bigint, line: string): Member {
  const member = parseMember(id, line);
  if (typeof member === "string") throw new RangeError(`ensemble.joinAs is invalid: ${member}`);
  return member;
}

/** Returns the addresses to dial: the present one of a server first, if it is known, then those of the configurations. */
function locator({ locate }: ResolvedEnsemble): Locate | undefined {
  if (locate === undefined) return undefined;
  return (id, quorums) => {
    const configured = quorums.addressesOf(id);
    const located = locate(Number(id));
    return located === undefined ? configured : [located, ...configured];
  };
}
