import { connect, type ZooKeeper } from "@conclave/client";
import { pause, randomInt, seededRandom, systemClock } from "@conclave/runtime";
import { eventually, SeedError, startFaultProxy, type TestServer, WAIT_LIMIT_MS } from "@conclave/testing";
import { STEADY_SESSION_MS } from "../random-run/timing.ts";
import { ViolationsError } from "../random-run/violations-error.ts";
import { drawFaults } from "./chaos-faults.ts";
import type { ChaosProcess } from "./chaos-process.ts";
import { ChaosRound } from "./chaos-round.ts";
import type { ChaosTally } from "./chaos-tally.ts";
import { type ContenderDefect, machineMs, PLACES } from "./messages.ts";

/** Session timeout in ms: short, because faults wait for its end, but long enough for a process on a busy machine. */
const SESSION_TIMEOUT_MS = 3_000;

/** Parameters of {@link runChaosGroup}. */
export interface ChaosContext {
  readonly target: Pick<TestServer, "connectString" | "restart">;
  /** Each process runs one contender of each round. */
  readonly processes: readonly ChaosProcess[];
  readonly tally: ChaosTally;
  /** Time after the last fault within which a round must recover, in milliseconds. */
  readonly recoveryMs: number;
  /** Deliberate violation by the first contender of each round. */
  readonly defect?: ContenderDefect | undefined;
}

/** Runs rounds concurrently, one for each seed. Rejects with a `SeedError` for the first round with violations. */
export async function runChaosGroup(
  context: ChaosContext,
  seeds: readonly number[],
  withRestart: boolean,
): Promise<void> {
  const { target, processes, tally } = context;
  await using resources = new AsyncDisposableStack();
  const witness = await connect(target.connectString, { sessionTimeoutMs: STEADY_SESSION_MS });
  resources.defer(() => witness.close());
  const roots = seeds.map((seed) => `/chaos-${seed}-${Date.now().toString(36)}`);
  const rounds = await Promise.all(
    seeds.map(async (seed, index) => {
      const root = roots[index]!;
      await witness.create(root);
      await witness.create(`${root}${PLACES.log}`);
      const contenders = await Promise.all(
        processes.map(async ({ name }, index) => {
          const servers = target.connectString.split(",");
          const proxy = resources.use(await startFaultProxy({ target: servers[(seed + index) % servers.length]! }));
          return { name, proxy };
        }),
      );
      return new ChaosRound(index, seed, contenders);
    }),
  );
  for (const [index, process] of processes.entries()) {
    process.onReport((report) => {
      const isAccepted = rounds[report.round]?.record(index, report);
      if (report.type === "access" && isAccepted !== undefined) {
        process.send({ type: "accessed", access: report.access, isAccepted });
      }
    });
  }
  await witness.sync("/");
  start(context, rounds, roots);
  await untilAll(rounds, "started");
  await injectFaults(context, rounds, withRestart);
  const healedAt = machineMs();
  for (const round of rounds) for (const { proxy } of round.contenders) proxy.heal();
  await untilRecovered(rounds, healedAt, context);
  for (const process of processes) for (const { number } of rounds) process.send({ type: "stop", round: number });
  await untilAll(rounds, "stopped");
  await Promise.all(
    rounds.map((round, index) => auditRound(target.connectString + roots[index], round, context.recoveryMs)),
  );
  for (const process of processes) for (const { number } of rounds) process.send({ type: "close", round: number });
  await untilAll(rounds, "left");
  for (const round of rounds) {
    tally.addRound(round);
    if (round.violations.length > 0) throw new SeedError(round.seed, new ViolationsError(round.violations));
  }
}

function start({ processes, defect }: ChaosContext, rounds: readonly ChaosRound[], roots: readonly string[]): void {
  for (const [at, { number, seed, contenders }] of rounds.entries()) {
    for (const [index, { name, proxy }] of contenders.entries()) {
      const contender = {
        ...{ round: number, name, sessionTimeoutMs: SESSION_TIMEOUT_MS, seed: seed * contenders.length + index },
        connectString: proxy.connectString + roots[at],
        onSuspended: (seed + index) % 2 === 0 ? ("keep" as const) : ("revoke" as const),
        defect: index === 0 ? defect : undefined,
      };
      processes[index]!.send({ type: "start", contender });
    }
  }
}

/** Injects the faults of each round; the stop of a process and the restart of the servers affect all rounds. */
async function injectFaults(
  { target, processes, tally }: ChaosContext,
  rounds: readonly ChaosRound[],
  withRestart: boolean,
) {
  const random = seededRandom(rounds[0]!.seed);
  const stopProcess = async (): Promise<void> => {
    await pause(systemClock, random.float() * 800);
    const process = processes[randomInt(random, processes.length)]!;
    process.freeze();
    tally.addFault("a process stopped for longer than its sessions");
    await pause(systemClock, (1.3 + 0.4 * random.float()) * SESSION_TIMEOUT_MS);
    process.thaw();
  };
  const restart = async (): Promise<void> => {
    await pause(systemClock, random.float() * 1_500);
    await target.restart();
    tally.addFault("the servers restarted");
  };
  const runRound = async ({ seed, contenders }: ChaosRound): Promise<void> => {
    const own = seededRandom(seed);
    const faults = drawFaults(own, contenders.length);
    await Promise.all(
      contenders.map(async ({ proxy }, index) => {
        for (const { name, inject } of faults[index]!) {
          await pause(systemClock, own.float() * 250);
          await inject(proxy, own, SESSION_TIMEOUT_MS);
          tally.addFault(name);
        }
      }),
    );
  };
  await Promise.all([stopProcess(), ...(withRestart ? [restart()] : []), ...rounds.map(runRound)]);
}

/** Waits until each contender was granted the lock after the last fault, and sees all members of the group. */
async function untilRecovered(
  rounds: readonly ChaosRound[],
  healedAt: number,
  { tally, recoveryMs }: ChaosContext,
): Promise<void> {
  const isRecovered = (round: ChaosRound): boolean =>
    round.convergedAt !== undefined && round.waitingSince(healedAt).length === 0;
  await eventually(() => rounds.every(isRecovered), { timeoutMs: recoveryMs }).catch(() => {});
  for (const round of rounds) {
    const waiting = round.waitingSince(healedAt);
    if (waiting.length > 0) {
      round.violations.push(`${waiting} did not acquire the lock within ${recoveryMs} ms after the last fault`);
    }
    if (round.convergedAt === undefined) {
      round.violations.push(
        `the views of the group were not complete ${recoveryMs} ms after the last fault: ${round.views}`,
      );
    } else tally.addViewMs(round.convergedAt - healedAt);
  }
}

async function untilAll(rounds: readonly ChaosRound[], progress: string): Promise<void> {
  const missing = (): string[] =>
    rounds.flatMap(({ seed, contenders }) =>
      contenders.filter((contender) => contender.progress !== progress).map(({ name }) => `${name} of seed ${seed}`),
    );
  await eventually(() => missing().length === 0).catch(() => {
    const violations = rounds.flatMap((round) => round.violations);
    throw new ViolationsError([`not ${progress} within ${WAIT_LIMIT_MS} ms: ${missing().join(", ")}`, ...violations]);
  });
}

async function auditRound(connectString: string, round: ChaosRound, recoveryMs: number): Promise<void> {
  const zk: ZooKeeper = await connect(connectString, { sessionTimeoutMs: STEADY_SESSION_MS });
  try {
    await zk.sync("/");
    await round.audit(zk, recoveryMs);
  } finally {
    await zk.close();
  }
}
