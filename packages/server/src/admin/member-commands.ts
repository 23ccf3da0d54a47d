import { shownAddress } from "../zab/configuration/address.js";
import type { Member } from "../zab/configuration/member.js";
import type { CommandBody } from "./answer-json.js";
import type { ServerStatus } from "./server-status.js";

/** Answer to `leader`. */
export function leaderInfo({ member }: ServerStatus): CommandBody {
  if (member?.leader === undefined) return { error: "server is not initialized" };
  const host = member.configuration.members.get(member.leader)?.addresses[0]?.host;
  return { is_leader: member.leading !== undefined, leader_id: member.leader, leader_ip: host ?? "" };
}

/** Answer to `observers`. */
export function observers({ member }: ServerStatus): CommandBody {
  const synced = member?.observers ?? [];
  return {
    synced_observers: synced.length,
    observers: synced.map(({ id, remote }) => ({ remote_socket_address: remote, sid: id })),
  };
}

/** Answer to `voting_view`: the members with a vote, by id. */
export function votingView({ member }: ServerStatus): CommandBody {
  const { configuration } = member ?? {};
  const voters = [...(configuration?.members.values() ?? [])].filter(({ role }) => role === "participant");
  return { current_config: Object.fromEntries(voters.map((each) => [each.id, memberView(each)])) };
}

function memberView({ addresses, role, clientAddress }: Member): CommandBody {
  return {
    server_addresses: addresses.map(({ host, quorumPort }) => shownAddress({ host, port: quorumPort })),
    election_addresses: addresses.map(({ host, electionPort }) => shownAddress({ host, port: electionPort })),
    client_address: clientAddress === undefined ? "" : shownAddress(clientAddress),
    learner_type: role,
  };
}

/** Answer to `zabstate`. */
export function zabState(status: ServerStatus): CommandBody {
  const { member, lastZxid } = status;
  if (member?.leader === undefined) return { voting: false, zabstate: "" };
  const { id, configuration } = member;
  return {
    ...{ myid: id, is_leader: member.leading !== undefined, voting: configuration.voters.has(id) },
    last_zxid: `0x${lastZxid.toString(16)}`,
    ...{ zab_epoch: Number(lastZxid >> 32n), zab_counter: Number(lastZxid & 0xffff_ffffn) },
    zabstate: member.zabState,
  };
}
