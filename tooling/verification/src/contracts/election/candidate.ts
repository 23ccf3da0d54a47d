import type { ZooKeeper } from "@conclave/client";
import { LeaderElection, type Leadership } from "@conclave/recipes";
import { eventually } from "@conclave/testing";

/** Somebody who stands in a test's election. */
export interface Candidate {
  readonly id: string;
  readonly election: LeaderElection;
  /** As `campaign` gave it; a rejection that nobody looks at is no error. */
  readonly elected: Promise<Leadership>;
  /** Aborts the campaign. */
  abort(): void;
}

export const ELECTION = "reports";

/** Stands, without waiting for a place in the line. */
export function campaign(zk: ZooKeeper, id: string, onSuspended?: "revoke" | "keep"): Candidate {
  const election = new LeaderElection(zk, { name: ELECTION, id, onSuspended });
  const controller = new AbortController();
  const elected = election.campaign({ signal: controller.signal });
  elected.catch(() => {});
  return { id, election, elected, abort: () => controller.abort(new Error(`${id} gives up`)) };
}

/** Stands; resolves when it has its place in the line. */
export async function stand(zk: ZooKeeper, id: string, onSuspended?: "revoke" | "keep"): Promise<Candidate> {
  const candidate = campaign(zk, id, onSuspended);
  await untilInLine(candidate.election, id);
  return candidate;
}

/** Waits until a participant is in the line; resolves with the path of its znode. */
export async function untilInLine(election: LeaderElection, id: string): Promise<string> {
  const find = async () => (await election.participants()).find((participant) => participant.id === id);
  const participant = await eventually(find, { what: `the place of ${id} in the line` });
  return participant!.path;
}

/** Resolves when the signal has aborted, with the code of the reason. */
export async function lostWith(leadership: Leadership): Promise<string> {
  const { signal } = leadership;
  await eventually(() => signal.aborted, { what: `the end of ${leadership.id}'s leadership` });
  return (signal.reason as { code: string }).code;
}

/** The names of the znodes of the election, as this client's server has them after it caught up. */
export async function znodes(zk: ZooKeeper): Promise<string[]> {
  const path = `/conclave/elections/${ELECTION}`;
  await zk.sync(path);
  return (await zk.exists(path)) === null ? [] : zk.getChildren(path);
}
