import type { ReconfigRequest } from "@conclave/protocol";
import { type Address, shownAddress } from "../configuration/address.js";
import { ConfigurationError } from "../configuration/configuration-error.js";
import { EnsembleConfiguration } from "../configuration/ensemble-configuration.js";
import { type Member, parseMember } from "../configuration/member.js";

const JOINING_FORM = "write server.N=host:quorumPort:electionPort;clientPort";

/**
 * Returns the configuration that a request makes of the last one, at `version` (PrepRequestProcessor). Either the request has
 * all members of the new ensemble, or those that leave and those that join or change. It must have `leastVoters` voters or more.
 *
 * @throws {ConfigurationError} The request is invalid, or the ensemble would be.
 */
export function nextConfiguration(
  last: EnsembleConfiguration,
  request: Omit<ReconfigRequest, "curConfigId">,
  version: bigint,
  leastVoters = 1,
): EnsembleConfiguration {
  const { newMembers } = request;
  const next =
    newMembers === null ? changed(last, request) : EnsembleConfiguration.parse(newMembers.replaceAll(",", "\n"));
  if (next.voters.size < leastVoters) {
    throw new ConfigurationError(
      `the new configuration has fewer than ${leastVoters} participants; keep at least ${leastVoters}`,
    );
  }
  return next.withVersion(version);
}

type Change = Pick<ReconfigRequest, "joiningServers" | "leavingServers">;

function changed(last: EnsembleConfiguration, { joiningServers, leavingServers }: Change): EnsembleConfiguration {
  if (last.hasGroups) {
    throw new ConfigurationError(
      "the ensemble has groups or weights, so servers cannot join or leave by themselves; give all members (newMembers)",
    );
  }
  const members = new Map(last.members);
  for (const leaving of listed(leavingServers)) {
    if (!/^[+-]?\d{1,19}$/.test(leaving)) {
      throw new ConfigurationError(`"${leaving}" is not the id of a server that leaves; write ids as in 1,2`);
    }
    members.delete(BigInt(leaving));
  }
  for (const joining of listed(joiningServers)) {
    const member = joiner(joining);
    const others = [...members.values()].filter(({ id }) => id !== member.id);
    refuseSharedAddress(member, others);
    members.set(member.id, member);
  }
  return new EnsembleConfiguration({ version: 0n, members: [...members.values()] });
}

function listed(text: string | null): string[] {
  return (text ?? "").split(",").flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
}

function joiner(text: string): Member {
  const match = /^(?:[^=]*\.)?([+-]?\d{1,19})\s*=([^=]*)$/.exec(text);
  const member = match === null ? `it has no id; ${JOINING_FORM}` : parseMember(BigInt(match[1]!), match[2]!);
  if (typeof member === "string") throw new ConfigurationError(`joining server "${text}": ${member}`);
  if (member.clientAddress === undefined && member.secureClientAddress === undefined) {
    throw new ConfigurationError(`joining server "${text}": it has no port for clients; ${JOINING_FORM}`);
  }
  return member;
}

/** Loopback addresses and wildcards mean another machine on each server, so they are not compared. */
const EVERYWHERE = /^(?:localhost$|127\.|0\.0\.0\.0$|0:0:0:0:0:0:0:[01]$)/;

function refuseSharedAddress(member: Member, others: readonly Member[]): void {
  const own = new Set(addressesOf(member));
  for (const other of others) {
    const shared = addressesOf(other).find((address) => own.has(address));
    if (shared === undefined) continue;
    throw new ConfigurationError(`server ${member.id} has the address ${shared} of server ${other.id}; choose another`);
  }
}

function addressesOf({ addresses, clientAddress, secureClientAddress }: Member): string[] {
  const all: (Address | undefined)[] = addresses.flatMap(({ host, quorumPort, electionPort }) => [
    { host, port: quorumPort },
    { host, port: electionPort },
  ]);
  all.push(clientAddress, secureClientAddress);
  return all.flatMap((each) => (each === undefined || EVERYWHERE.test(each.host) ? [] : [shownAddress(each)]));
}
