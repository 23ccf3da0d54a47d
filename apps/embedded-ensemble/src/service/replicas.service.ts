import { EmbeddedEnsemble } from "@conclave/embedded";
import { ConclaveService } from "@conclave/nestjs";
import { Injectable } from "@nestjs/common";
import { ELECTION, GROUP } from "./invoices.constants.js";

const READINESS_TIMEOUT_MS = 1_000;

/** Data of a replica in the group of all replicas. */
export interface ReplicaData {
  readonly id: number;
  /** URL of its readiness probe. */
  readonly readyz: string;
}

/** One replica, as another one sees it. */
export interface ReplicaView {
  readonly id: number;
  /** Role of its server; `away` if no session of it is in the group. */
  readonly role: "leader" | "follower" | "observer" | "away";
  readonly isReady: boolean;
  /** True if it makes the invoice runs. */
  readonly makesRuns: boolean;
}

/** All replicas, as this one sees them now. */
export interface EnsembleView {
  readonly self: number;
  /** Readiness of this replica: an empty reason means ready. */
  readonly reason: string;
  /** Empty while this replica is in no quorum. */
  readonly replicas: readonly ReplicaView[];
}

/** Knows the replicas, their roles and their readiness. */
@Injectable()
export class ReplicasService {
  constructor(
    private readonly conclave: ConclaveService,
    private readonly ensemble: EmbeddedEnsemble,
  ) {}

  /** Returns the present view of this replica. Asks the readiness probes of the others, for a second at most. */
  async view(): Promise<EnsembleView> {
    const replica = await this.ensemble.join();
    const { id: self, leader, voters, readiness } = replica;
    if (!readiness.isReady) return { self, reason: readiness.reason, replicas: [] };
    const [members, candidates] = await Promise.all([
      this.conclave.group<ReplicaData>(GROUP).members(),
      this.conclave.election(ELECTION).participants(),
    ]);
    // After a restart, the session of the former process may live on for a while: the later member counts.
    const present = new Map(members.map(({ data }) => [data.id, data]));
    const ids = [...new Set([...voters, ...present.keys()])].toSorted((a, b) => a - b);
    const replicas = ids.map(async (id): Promise<ReplicaView> => {
      const data = present.get(id);
      const role = id === leader ? "leader" : voters.includes(id) ? "follower" : "observer";
      return {
        ...{ id, role: data === undefined ? "away" : role },
        isReady: data !== undefined && (await isReady(data.readyz)),
        makesRuns: candidates[0]?.id.split("@")[0] === `replica-${id}`,
      };
    });
    return { self, reason: "", replicas: await Promise.all(replicas) };
  }
}

async function isReady(readyz: string): Promise<boolean> {
  try {
    const response = await fetch(readyz, { signal: AbortSignal.timeout(READINESS_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
