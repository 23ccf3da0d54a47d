import type { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import type { LearnerRole } from "../packets.js";

/** Returns the role that a server has as a learner. A server that is no member follows without a vote, as in Apache. */
export function roleIn(configuration: EnsembleConfiguration, id: bigint): LearnerRole {
  return configuration.observers.has(id) ? "observer" : "follower";
}

/** Returns true if a leader can remain the leader: it is a voter of the new configuration, at the same addresses as before. */
export function staysLeader(id: bigint, previous: EnsembleConfiguration, next: EnsembleConfiguration): boolean {
  if (!next.voters.has(id)) return false;
  const [before, after] = [quorumAddressesOf(previous, id), quorumAddressesOf(next, id)];
  return before.length === after.length && before.every((address) => after.includes(address));
}

function quorumAddressesOf(configuration: EnsembleConfiguration, id: bigint): string[] {
  const addresses = configuration.members.get(id)?.addresses ?? [];
  return addresses.map(({ host, quorumPort }) => `${host}:${quorumPort}`);
}
