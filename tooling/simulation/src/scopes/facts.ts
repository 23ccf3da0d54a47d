import { demand, zxidText } from "../check/violation.ts";

/** Record that was committed, and the least epoch in which a leader did it. */
export interface Commit {
  readonly zxid: bigint;
  readonly epoch: number;
}

/** Leader that was established, with its log of that moment. */
export interface Establishment {
  readonly epoch: number;
  readonly zxids: readonly bigint[];
}

/**
 * All that was ever committed and established. The facts of an order of steps are the same in every order that differs only in
 * steps of different servers, and so is the answer to the question whether they contradict each other.
 */
export interface Facts {
  readonly commits: readonly Commit[];
  readonly leaders: readonly Establishment[];
}

/** Adds a leader. Its epoch has no other, and its log begins with every record that was committed in an earlier epoch. */
export function establish({ commits, leaders }: Facts, leader: Establishment): Facts {
  const { epoch } = leader;
  demand(!leaders.some((each) => each.epoch === epoch), () => `epoch ${epoch} has two leaders`);
  for (const commit of commits) demandKept(commit, leader);
  return { commits, leaders: [...leaders, leader] };
}

/** Adds the commit of a server's log by a leader. All committed logs begin in the same way. */
export function commit({ commits, leaders }: Facts, log: readonly bigint[], epoch: number): Facts {
  const all = log.map((zxid, i): Commit => {
    const former = commits[i];
    demand(former === undefined || former.zxid === zxid, () => contradiction(log, commits));
    const next = { zxid, epoch: former === undefined ? epoch : Math.min(epoch, former.epoch) };
    for (const each of leaders) demandKept(next, each);
    return next;
  });
  return { commits: [...all, ...commits.slice(log.length)], leaders };
}

/** A server's tree has what was committed, and nothing else. */
export function demandCommitted({ commits }: Facts, log: readonly bigint[]): void {
  demand(
    log.every((zxid, i) => zxid === commits[i]?.zxid),
    () => contradiction(log, commits),
  );
}

/** Forgets what cannot be contradicted any more, since every leader from now on has an epoch above `epoch`. */
export function settle({ commits, leaders }: Facts, epoch: number): Facts {
  return {
    commits: commits.map((each) => (each.epoch <= epoch ? { zxid: each.zxid, epoch: 0 } : each)),
    leaders: leaders.filter((each) => each.epoch > epoch),
  };
}

function demandKept({ zxid, epoch }: Commit, leader: Establishment): void {
  demand(
    epoch >= leader.epoch || leader.zxids.includes(zxid),
    () => `the leader of epoch ${leader.epoch} lacks ${zxidText(zxid)}`,
  );
}

function contradiction(log: readonly bigint[], commits: readonly Commit[]): string {
  const committed = commits.map(({ zxid }) => zxidText(zxid)).join();
  return `${log.map(zxidText).join()} is committed on a server, and ${committed} on others`;
}
