import type { SimulationResult } from "../run/simulate.ts";

/** Sums over all seeds of a soak. */
export class SoakTotals {
  seeds = 0;
  faults = 0;
  committed = 0;
  acknowledged = 0;
  unknown = 0;
  reads = 0;
  watchEvents = 0;
  sessions = 0;
  moves = 0;
  leaders = 0;
  virtualMs = 0;
  events = 0;
  longestRecoveryMs = 0;
  readonly faultsByKind = new Map<string, number>();
  readonly syncs = new Map<string, number>();
  readonly members = new Map<string, number>();

  add(result: SimulationResult): void {
    this.seeds++;
    for (const [kind, count] of Object.entries(result.faults)) {
      this.faults += count;
      increase(this.faultsByKind, kind, count);
    }
    for (const [mode, count] of Object.entries(result.syncs)) increase(this.syncs, mode, count);
    increase(this.members, result.ensemble, 1);
    this.committed += result.committed;
    this.acknowledged += result.acknowledged;
    this.unknown += result.unknown;
    this.reads += result.reads;
    this.watchEvents += result.watchEvents;
    this.sessions += result.sessions;
    this.moves += result.moves;
    this.leaders += result.leaders;
    this.virtualMs += result.virtualMs;
    this.events += result.events;
    this.longestRecoveryMs = Math.max(this.longestRecoveryMs, result.recoveryMs);
  }

  /** Returns one line, for progress. */
  get line(): string {
    const { seeds, faults, committed, leaders } = this;
    return `${shown(seeds)} seeds, ${shown(faults)} faults, ${shown(committed)} commits, ${shown(leaders)} elections`;
  }

  /** Returns a summary of several lines. */
  get summary(): string {
    const { faultsByKind, syncs, members } = this;
    const rows: [string, string][] = [
      ["seeds", shown(this.seeds)],
      ["virtual time", `${(this.virtualMs / 3_600_000).toFixed(1)} h`],
      ["events", shown(this.events)],
      ["faults", shown(this.faults)],
      ...[...faultsByKind]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([kind, n]): [string, string] => [`  ${kind}`, shown(n)]),
      ["leaders established", shown(this.leaders)],
      ["learners synchronized", [...syncs].map(([mode, n]) => `${mode} ${shown(n)}`).join(", ")],
      ["transactions committed", shown(this.committed)],
      ["writes acknowledged", shown(this.acknowledged)],
      ["writes of unknown outcome", shown(this.unknown)],
      ["reads checked", shown(this.reads)],
      ["watch events checked", shown(this.watchEvents)],
      ["sessions, and moves of them", `${shown(this.sessions)}, ${shown(this.moves)}`],
      ["longest recovery", `${(this.longestRecoveryMs / 1000).toFixed(1)} s of virtual time`],
      [
        "ensembles",
        [...members]
          .sort()
          .map(([size, n]) => `${size}: ${shown(n)}`)
          .join(", "),
      ],
    ];
    return rows.map(([name, value]) => `${name.padEnd(32)}${value}\n`).join("");
  }
}

function increase(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

const shown = (count: number): string => count.toLocaleString("en");
