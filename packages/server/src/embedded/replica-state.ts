import { shownAddress } from "../zab/configuration/address.js";
import { EnsembleConfiguration } from "../zab/configuration/ensemble-configuration.js";
import type { Readiness } from "./discovery-port.js";
import type { Replica, ReplicaOptions } from "./replica.js";

/** Role of a server: `looking` while it has no leader. */
export type ServerMode = "leader" | "follower" | "observer" | "looking" | "read-only" | "standalone";

/** State of a replica at one moment. It can be sent to another thread. */
export interface ReplicaState {
  readonly connectString: string;
  readonly mode: ServerMode | "waiting";
  readonly leader: number | undefined;
  readonly voters: readonly number[];
  readonly readiness: Readiness;
}

/** Returns the present state of a replica. */
export function stateOf(
  replica: Pick<Replica, "server" | "readiness" | "addressOf">,
  { id, address }: Pick<ReplicaOptions, "id" | "address">,
): ReplicaState {
  const { server, readiness } = replica;
  if (server === undefined) return { connectString: "", mode: "waiting", leader: undefined, voters: [], readiness };
  const { configuration, leader } = server.member!;
  const { members, voters } = EnsembleConfiguration.parse(configuration);
  const others = [...members.values()].filter((member) => member.id !== BigInt(id));
  const addresses = [
    { host: address.host, port: address.clientPort },
    ...others.flatMap((member) => {
      // The configuration has the addresses of the time at which it was made.
      const present = replica.addressOf(Number(member.id));
      return present === undefined ? (member.clientAddress ?? []) : { host: present.host, port: present.clientPort };
    }),
  ];
  return {
    connectString: addresses.map(shownAddress).join(","),
    ...{ mode: server.mode, leader, voters: [...voters].map(Number), readiness },
  };
}
