import { sequenceNumber, type ZooKeeper } from "@conclave/client";
import { Counter } from "@conclave/recipes";
import { eventually, type FaultProxy } from "@conclave/testing";
import { type ChaosReport, PLACES, type Tenure } from "./messages.ts";

/** State of one contender of a round, from its reports. */
interface ContenderState {
  readonly name: string;
  readonly proxy: FaultProxy;
  readonly tenures: Tenure[];
  view: { readonly members: string; readonly isFresh: boolean; readonly at: number };
  grantedAt: number;
  progress: "starting" | "started" | "stopped" | "left";
  counted: number;
  uncertain: number;
}

/** One round: the reports of its contenders, the resource that they share, and the audit of both. */
export class ChaosRound {
  readonly number: number;
  readonly seed: number;
  readonly contenders: readonly ContenderState[];
  readonly violations: string[] = [];
  readonly accesses = { accepted: 0, refused: 0 };
  #largestToken = -1n;

  constructor(
    number: number,
    seed: number,
    contenders: readonly { readonly name: string; readonly proxy: FaultProxy }[],
  ) {
    this.number = number;
    this.seed = seed;
    this.contenders = contenders.map((contender) => ({
      ...contender,
      tenures: [],
      view: { members: "", isFresh: false, at: 0 },
      ...{ grantedAt: 0, counted: 0, uncertain: 0 },
      progress: "starting",
    }));
  }

  /** Records a report. For an access, returns true if the resource accepts it: its token is not smaller than an earlier one. */
  record(index: number, report: ChaosReport): boolean | undefined {
    const contender = this.contenders[index]!;
    switch (report.type) {
      case "access": {
        const isAccepted = report.token >= this.#largestToken;
        if (isAccepted) this.#largestToken = report.token;
        this.accesses[isAccepted ? "accepted" : "refused"]++;
        return isAccepted;
      }
      case "granted":
        contender.grantedAt = report.at;
        break;
      case "ended":
        contender.tenures.push(report.tenure);
        break;
      case "view":
        contender.view = { members: report.members.join(), isFresh: report.isFresh, at: report.at };
        break;
      case "violation":
        this.violations.push(report.text);
        break;
      case "stopped":
        Object.assign(contender, { counted: report.counted, uncertain: report.uncertain, progress: report.type });
        break;
      case "started":
      case "left":
        contender.progress = report.type;
    }
    return undefined;
  }

  /** Number of times the lock was held. */
  get tenures(): number {
    return this.contenders.reduce((sum, { tenures }) => sum + tenures.length, 0);
  }

  /** Time at which the last view became complete (monotonic ms); undefined while one is incomplete. */
  get convergedAt(): number | undefined {
    const all = this.contenders
      .map(({ name }) => name)
      .sort()
      .join();
    if (!this.contenders.every(({ view }) => view.isFresh && view.members === all)) return undefined;
    return Math.max(...this.contenders.map(({ view }) => view.at));
  }

  /** Views of all contenders, for messages. */
  get views(): string {
    return this.contenders
      .map(({ name, view }) => `${name} sees ${view.members}${view.isFresh ? "" : " (outdated)"}`)
      .join("; ");
  }

  /** Names of the contenders that were not granted the lock after `at`. */
  waitingSince(at: number): string[] {
    return this.contenders.filter(({ grantedAt }) => grantedAt <= at).map(({ name }) => name);
  }

  /** Checks all guarantees after the contenders have stopped, while their sessions are open. */
  async audit(zk: ZooKeeper, recoveryMs: number): Promise<void> {
    this.#auditTenures();
    await this.#auditLog(zk);
    await this.#auditCounter(zk);
    await this.#auditOrphans(zk, recoveryMs);
  }

  #auditTenures(): void {
    const all = this.contenders.flatMap(({ name, tenures }) =>
      tenures.map(({ token, from, to, pausedAt = to }) => ({ name, token, from, to: Math.min(to, pausedAt) })),
    );
    all.sort((a, b) => a.from - b.from);
    for (const [index, tenure] of all.entries()) {
      for (const later of all.slice(index + 1)) {
        if (later.from >= tenure.to) break;
        if (later.to <= later.from) continue;
        const ms = Math.min(tenure.to, later.to) - later.from;
        this.violations.push(
          `${tenure.name} (token ${tenure.token}) and ${later.name} (token ${later.token}) both held the lock for ${ms.toFixed(1)} ms`,
        );
      }
    }
    const tokens = all.map(({ token }) => token);
    if (new Set(tokens).size < tokens.length) this.violations.push("a token was granted twice");
  }

  /** Checks that guarded writes are in the order of their tokens. */
  async #auditLog(zk: ZooKeeper): Promise<void> {
    const names = (await zk.getChildren(PLACES.log)).sort((a, b) => sequenceNumber(a)! - sequenceNumber(b)!);
    const written = await Promise.all(names.map((name) => zk.getData(`${PLACES.log}/${name}`)));
    let last = -1n;
    for (const [index, { data }] of written.entries()) {
      const token = BigInt(data!.toString());
      if (token < last) this.violations.push(`${names[index]} was written with token ${token}, after ${last}`);
      last = token;
    }
  }

  async #auditCounter(zk: ZooKeeper): Promise<void> {
    const least = this.contenders.reduce((sum, { counted }) => sum + counted, 0);
    const most = this.contenders.reduce((sum, { uncertain }) => sum + uncertain, least);
    const value = Number(await new Counter(zk, { path: PLACES.counter }).get());
    if (value < least || value > most) {
      this.violations.push(`the counter is ${value} after ${least} additions and ${most - least} uncertain ones`);
    }
  }

  async #auditOrphans(zk: ZooKeeper, recoveryMs: number): Promise<void> {
    const list = async (): Promise<string[]> => {
      const each = await Promise.all(
        [PLACES.lock, PLACES.group, PLACES.counter].map(async (path) => {
          if ((await zk.exists(path)) === null) return [];
          return (await zk.getChildren(path)).map((name) => `${path}/${name}`);
        }),
      );
      return each.flat();
    };
    let left: string[] = [];
    const isClean = async (): Promise<boolean> => {
      left = await list();
      return left.every((path) => path.startsWith(`${PLACES.counter}/`));
    };
    await eventually(isClean, { timeoutMs: recoveryMs }).catch(() => {
      this.violations.push(`orphaned znodes of open sessions: ${left.join(", ")}`);
    });
  }
}
