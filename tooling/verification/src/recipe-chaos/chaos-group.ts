import { connect, type ZooKeeper } from "@conclave/client";
import { randomInt, seededRandom } from "@conclave/runtime";
import { eventually, type FaultTarget, SeedError, startFaultProxy, WAIT_LIMIT_MS } from "@conclave/testing";
import { BrokenPromisesError } from "../client-faults/broken-promises-error.ts";
import { pause } from "../client-faults/fault-cards.ts";
import { dealChaos } from "./chaos-cards.ts";
import type { ChaosProcess } from "./chaos-process.ts";
import { ChaosRound } from "./chaos-round.ts";
import type { ChaosTally } from "./chaos-tally.ts";
import { type ContenderLie, machineMs, PLACES } from "./messages.ts";

/** Short, because faults wait for its end; long enough for a process that gets little of a busy machine. */
const SESSION_TIMEOUT_MS = 3_000;
/** Sessions of the witnesses, which must not expire on a busy machine. */
const WITNESS_SESSION_MS = 60_000;

/** Where rounds are played. */
export interface ChaosPlace {
  readonly target: Pick<FaultTarget, "connectString" | "restart">;
  /** One contender of each round lives in each. */
  readonly processes: readonly ChaosProcess[];
  readonly tally: ChaosTally;
  /** How long a round may take to be well again once its faults are over. */
  readonly recoveryMs: number;
  /** Deliberate violation by the first contender of each round. */
  readonly lie?: ContenderLie | undefined;
}

/** Plays rounds at the same time, one for each seed. Rejects with a `SeedError` for the first that found something wrong. */
export async function playChaosGroup(place: ChaosPlace, seeds: readonly number[], withRestart: boolean): Promise<void> {
  const { target, processes, tally } = place;
  await using cast = new AsyncDisposableStack();
  const witness = await connect(target.connectString, { sessionTimeoutMs: WITNESS_SESSION_MS });
  cast.defer(() => witness.close());
  const roots = seeds.map((seed) => `/chaos-${seed}-${Date.now().toString(36)}`);
  const rounds = await Promise.all(
    seeds.map(async (seed, index) => {
      const root = roots[index]!;
      await witness.create(root);
      await witness.create(`${root}${PLACES.log}`);
      const seats = await Promise.all(
        processes.map(async ({ name }, seat) => {
          const servers = target.connectString.split(",");
          const proxy = cast.use(await startFaultProxy({ target: servers[(seed + seat) % servers.length]! }));
          return { name, proxy };
        }),
      );
      return new ChaosRound(index, seed, seats);
    }),
  );
  for (const [index, process] of processes.entries()) {
    process.onReport((report) => {
      const isAccepted = rounds[report.round]?.take(index, report);
      if (report.type === "access" && isAccepted !== undefined) {
        process.send({ type: "accessed", access: report.access, isAccepted });
      }
    });
  }
  await witness.sync("/");
  enter(place, rounds, roots);
  await untilAll(rounds, "entered");
  await breakThings(place, rounds, withRestart);
  const healedAt = machineMs();
  for (const round of rounds) for (const { proxy } of round.seats) proxy.heal();
  await untilWell(rounds, healedAt, place);
  for (const process of processes) for (const { number } of rounds) process.send({ type: "stop", round: number });
  await untilAll(rounds, "stopped");
  await Promise.all(
    rounds.map((round, index) => auditInside(target.connectString + roots[index], round, place.recoveryMs)),
  );
  for (const process of processes) for (const { number } of rounds) process.send({ type: "leave", round: number });
  await untilAll(rounds, "left");
  for (const round of rounds) {
    tally.addRound(round);
    if (round.violations.length > 0) throw new SeedError(round.seed, new BrokenPromisesError(round.violations));
  }
}

function enter({ processes, lie }: ChaosPlace, rounds: readonly ChaosRound[], roots: readonly string[]): void {
  for (const [at, { number, seed, seats }] of rounds.entries()) {
    for (const [index, { name, proxy }] of seats.entries()) {
      const contender = {
        ...{ round: number, name, sessionTimeoutMs: SESSION_TIMEOUT_MS, seed: seed * seats.length + index },
        connectString: proxy.connectString + roots[at],
        onSuspended: (seed + index) % 2 === 0 ? ("keep" as const) : ("revoke" as const),
        lie: index === 0 ? lie : undefined,
      };
      processes[index]!.send({ type: "enter", contender });
    }
  }
}

/** Every round has faults of its own; a process stands still, and the servers go down, for all of them at once. */
async function breakThings(
  { target, processes, tally }: ChaosPlace,
  rounds: readonly ChaosRound[],
  withRestart: boolean,
) {
  const random = seededRandom(rounds[0]!.seed);
  const standStill = async (): Promise<void> => {
    await pause(random.float() * 800);
    const process = processes[randomInt(random, processes.length)]!;
    process.freeze();
    tally.addFault("a process stopped for longer than its sessions");
    await pause((1.3 + 0.4 * random.float()) * SESSION_TIMEOUT_MS);
    process.thaw();
  };
  const restart = async (): Promise<void> => {
    await pause(random.float() * 1_500);
    await target.restart();
    tally.addFault("the servers restarted");
  };
  const playRound = async ({ seed, seats }: ChaosRound): Promise<void> => {
    const own = seededRandom(seed);
    const hands = dealChaos(own, seats.length);
    await Promise.all(
      seats.map(async ({ proxy }, index) => {
        for (const { name, play } of hands[index]!) {
          await pause(own.float() * 250);
          await play(proxy, own, SESSION_TIMEOUT_MS);
          tally.addFault(name);
        }
      }),
    );
  };
  await Promise.all([standStill(), ...(withRestart ? [restart()] : []), ...rounds.map(playRound)]);
}

/** Each contender of each round has the lock once more, and a whole view of who is here in time. */
async function untilWell(
  rounds: readonly ChaosRound[],
  healedAt: number,
  { tally, recoveryMs }: ChaosPlace,
): Promise<void> {
  const isWell = (round: ChaosRound): boolean =>
    round.convergedAt !== undefined && round.waitingSince(healedAt).length === 0;
  await eventually(() => rounds.every(isWell), { timeoutMs: recoveryMs }).catch(() => {});
  for (const round of rounds) {
    const waiting = round.waitingSince(healedAt);
    if (waiting.length > 0) {
      round.violations.push(`${waiting} did not get the lock within ${recoveryMs} ms after the last fault`);
    }
    if (round.convergedAt === undefined) {
      round.violations.push(
        `the views of the members were not whole ${recoveryMs} ms after the last fault: ${round.views}`,
      );
    } else tally.addViewMs(round.convergedAt - healedAt);
  }
}

async function untilAll(rounds: readonly ChaosRound[], progress: string): Promise<void> {
  const missing = (): string[] =>
    rounds.flatMap(({ seed, seats }) =>
      seats.filter((seat) => seat.progress !== progress).map(({ name }) => `${name} of seed ${seed}`),
    );
  await eventually(() => missing().length === 0).catch(() => {
    const violations = rounds.flatMap((round) => round.violations);
    throw new BrokenPromisesError([
      `not ${progress} within ${WAIT_LIMIT_MS} ms: ${missing().join(", ")}`,
      ...violations,
    ]);
  });
}

async function auditInside(connectString: string, round: ChaosRound, recoveryMs: number): Promise<void> {
  const zk: ZooKeeper = await connect(connectString, { sessionTimeoutMs: WITNESS_SESSION_MS });
  try {
    await zk.sync("/");
    await round.audit(zk, recoveryMs);
  } finally {
    await zk.close();
  }
}
