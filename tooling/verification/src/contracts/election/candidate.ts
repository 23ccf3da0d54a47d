import type { ZooKeeper } from "@conclave/client";
import { LeaderElection, type Leadership } from "@conclave/recipes";
import { eventually } from "@conclave/testing";

/** A candidate in the election of a test. */
export interface Candidate {
  readonly id: string;
  readonly election: LeaderElection;
  /** Result of `campaign`; an unhandled rejection is ignored. */
  readonly elected: Promise<Leadership>;
  /** Aborts the campaign. */
  abort(): void;
}

export const ELECTION = "reports";

/** Starts a campaign, without waiting for its position in the wait queue. */
export function campaign(zk: ZooKeeper, id: string, onSuspended?: "revoke" | "keep"): Candidate {
  const election = new LeaderElection(zk, { name: ELECTION, id, onSuspended });
  const controller = new AbortController();
  const elected = election.campaign({ signal: controller.signal });
  elected.catch(() => {});
  return { id, election, elected, abort: () => controller.abort(new Error(`${id} aborts`)) };
}

/** Starts a campaign; resolves when the candidate is in the wait queue. */
export async function campaigning(zk: ZooKeeper, id: string, onSuspended?: "revoke" | "keep"): Promise<Candidate> {
  const candidate = campaign(zk, id, onSuspended);
  await untilInQueue(candidate.election, id);
  return candidate;
}

/** Waits until a candidate is in the wait queue; resolves with the path of its znode. */
export async function untilInQueue(election: LeaderElection, id: string): Promise<string> {
  const find = async () => (await election.participants()).find((participant) => participant.id === id);
  const participant = await eventually(find, { what: `the znode of ${id} in the wait queue` });
  return participant!.path;
}

/** Resolves with the code of the abort reason when the signal has aborted. */
export async function lostWith(leadership: Leadership): Promise<string> {
  const { signal } = leadership;
  await eventually(() => signal.aborted, { what: `the end of ${leadership.id}'s leadership` });
  return (signal.reason as { code: string }).code;
}

/** Returns the names of the znodes of the election, after a sync. */
export async function znodes(zk: ZooKeeper): Promise<string[]> {
  const path = `/conclave/elections/${ELECTION}`;
  await zk.sync(path);
  return (await zk.exists(path)) === null ? [] : zk.getChildren(path);
}
