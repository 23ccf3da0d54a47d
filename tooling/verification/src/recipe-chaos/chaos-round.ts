import { sequenceNumber, type ZooKeeper } from "@conclave/client";
import { Counter } from "@conclave/recipes";
import { eventually, type FaultProxy } from "@conclave/testing";
import { type ChaosReport, PLACES, type Tenure } from "./messages.ts";

/** State of one contender of a round, as the conductor knows it. */
interface Seat {
  readonly name: string;
  readonly proxy: FaultProxy;
  readonly tenures: Tenure[];
  view: { readonly members: string; readonly isFresh: boolean; readonly at: number };
  grantedAt: number;
  progress: "entering" | "entered" | "stopped" | "left";
  counted: number;
  uncertain: number;
}

/** One round: what its contenders report, the resource that they share, and what must hold of it all. */
export class ChaosRound {
  readonly number: number;
  readonly seed: number;
  readonly seats: readonly Seat[];
  readonly violations: string[] = [];
  readonly accesses = { accepted: 0, refused: 0 };
  #largestToken = -1n;

  constructor(number: number, seed: number, seats: readonly { readonly name: string; readonly proxy: FaultProxy }[]) {
    this.number = number;
    this.seed = seed;
    this.seats = seats.map((seat) => ({
      ...seat,
      tenures: [],
      view: { members: "", isFresh: false, at: 0 },
      ...{ grantedAt: 0, counted: 0, uncertain: 0 },
      progress: "entering",
    }));
  }

  /** Takes a report in. For an access, returns whether the resource accepts it: no token smaller than one it has seen. */
  take(index: number, report: ChaosReport): boolean | undefined {
    const seat = this.seats[index]!;
    switch (report.type) {
      case "access": {
        const isAccepted = report.token >= this.#largestToken;
        if (isAccepted) this.#largestToken = report.token;
        this.accesses[isAccepted ? "accepted" : "refused"]++;
        return isAccepted;
      }
      case "granted":
        seat.grantedAt = report.at;
        break;
      case "ended":
        seat.tenures.push(report.tenure);
        break;
      case "view":
        seat.view = { members: report.members.join(), isFresh: report.isFresh, at: report.at };
        break;
      case "violation":
        this.violations.push(report.text);
        break;
      case "stopped":
        Object.assign(seat, { counted: report.counted, uncertain: report.uncertain, progress: report.type });
        break;
      case "entered":
      case "left":
        seat.progress = report.type;
    }
    return undefined;
  }

  /** Number of times the lock was held. */
  get tenures(): number {
    return this.seats.reduce((sum, { tenures }) => sum + tenures.length, 0);
  }

  /** When the last of the views became whole, by the machine's clock; `undefined` where one is not. */
  get convergedAt(): number | undefined {
    const everybody = this.seats
      .map(({ name }) => name)
      .sort()
      .join();
    if (!this.seats.every(({ view }) => view.isFresh && view.members === everybody)) return undefined;
    return Math.max(...this.seats.map(({ view }) => view.at));
  }

  /** Who sees whom, for messages. */
  get views(): string {
    return this.seats.map(({ name, view }) => `${name} sees ${view.members}${view.isFresh ? "" : " (old)"}`).join("; ");
  }

  /** Those who have not been granted the lock since. */
  waitingSince(at: number): string[] {
    return this.seats.filter(({ grantedAt }) => grantedAt <= at).map(({ name }) => name);
  }

  /** Looks at everything once all contenders have stopped, with their sessions still standing. */
  async audit(zk: ZooKeeper, recoveryMs: number): Promise<void> {
    this.#auditTenures();
    await this.#auditLog(zk);
    await this.#auditCounter(zk);
    await this.#auditOrphans(zk, recoveryMs);
  }

  #auditTenures(): void {
    const all = this.seats.flatMap(({ name, tenures }) =>
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
    if (new Set(tokens).size < tokens.length) this.violations.push("a token was given out twice");
  }

  /** What was guarded is in the order of the tokens. */
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
    const least = this.seats.reduce((sum, { counted }) => sum + counted, 0);
    const most = this.seats.reduce((sum, { uncertain }) => sum + uncertain, least);
    const value = Number(await new Counter(zk, { path: PLACES.counter }).get());
    if (value < least || value > most) {
      this.violations.push(`the counter is ${value} after ${least} additions and ${most - least} uncertain ones`);
    }
  }

  async #auditOrphans(zk: ZooKeeper, recoveryMs: number): Promise<void> {
    const look = async (): Promise<string[]> => {
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
      left = await look();
      return left.every((path) => path.startsWith(`${PLACES.counter}/`));
    };
    await eventually(isClean, { timeoutMs: recoveryMs }).catch(() => {
      this.violations.push(`left behind, by sessions that stand: ${left.join(", ")}`);
    });
  }
}
