import { ZkError, type ZkErrorCode, type ZooKeeper } from "@conclave/client";
import { type Logger, silentLogger, systemRandom } from "@conclave/runtime";
import { TestClock } from "@conclave/runtime/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { HealthMonitor } from "../health/health-monitor.js";
import { type LeaderTask, type LeadOptions, lead } from "./lead.js";
import { WonLeadership } from "./leadership.js";

const allPromises = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));

/** A participant whose campaigns the test decides: each entry of `outcomes` is the result of one campaign. */
const participantOf = (...outcomes: (WonLeadership | Error)[]) => {
  const clock = new TestClock();
  const zk: { state: ZooKeeper["state"] } = { state: "connected" };
  const logged: unknown[] = [];
  const log =
    (level: string): Logger["warn"] =>
    (message, fields) =>
      void logged.push([level, message, fields]);
  const signals: AbortSignal[] = [];
  const stop = new AbortController();
  const options: LeadOptions = {
    ...{ zk: zk as ZooKeeper, election: "reports", clock, health: undefined },
    random: { ...systemRandom, float: () => 0 },
    logger: { ...silentLogger, warn: log("warn"), debug: log("debug") },
    campaign: async (signal) => {
      signals.push(signal);
      const outcome = outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      if (outcome !== undefined) return outcome;
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(errorOf("ABORTED"))));
    },
  };
  const run = (task: LeaderTask, more: Partial<LeadOptions> = {}) => lead(task, stop.signal, { ...options, ...more });
  return { clock, zk, logged, signals, stop, run };
};

const errorOf = (code: ZkErrorCode): ZkError => new ZkError(code, code, { outcome: "not-applied" });

/** A leadership; `steps` gets "released" when its znode is deleted. */
const leadershipOf = (steps: string[] = []): WonLeadership =>
  new WonLeadership({
    ...{ zk: { state: "connected" }, what: "leadership of reports", path: "/reports/a", fencingToken: 1n },
    ...{ election: "reports", id: "a", nominate: async () => {} },
    deleteZnode: async () => void steps.push("released"),
  });

describe("a participant that leads", () => {
  it("runs the task with each leadership, and campaigns again after its release", async () => {
    const steps: string[] = [];
    const { run, stop } = participantOf(leadershipOf(steps), leadershipOf(steps));
    const leading = run(async (leadership) => void steps.push(`task ${leadership.signal.aborted}`));
    await allPromises();
    expect(steps).toEqual(["task false", "released", "task false", "released"]);
    stop.abort();
    await leading;
  });

  it("does not campaign when its signal has aborted before", async () => {
    const { run, stop, signals } = participantOf();
    stop.abort();
    await run(() => {});
    expect(signals).toEqual([]);
  });

  it("does not run the task under a leadership that has ended already", async () => {
    const steps: string[] = [];
    const ended = leadershipOf(steps);
    ended.end("EXPIRED");
    const { run, stop } = participantOf(ended);
    const leading = run(() => void steps.push("task"));
    await allPromises();
    stop.abort();
    await leading;
    expect(steps).toEqual(["released"]);
  });

  it("rejects with an error of the task, after the release", async () => {
    const steps: string[] = [];
    const { run } = participantOf(leadershipOf(steps));
    await expect(run(() => Promise.reject(new Error("no disk")))).rejects.toThrow("no disk");
    expect(steps).toEqual(["released"]);
  });

  it("logs an error of the task after the leadership was lost, and campaigns again", async () => {
    const leadership = leadershipOf();
    const { run, stop, logged, signals } = participantOf(leadership);
    const error = new Error("stopped");
    const leading = run(() => {
      leadership.end("GONE");
      throw error;
    });
    await allPromises();
    expect([logged, signals.length]).toEqual([
      [["debug", "the task of the leader of reports ended with its leadership", { error }]],
      2,
    ]);
    stop.abort();
    await leading;
  });

  it("ends the leadership when its signal aborts, and releases it after the task and the tasks of ifLeader", async () => {
    const steps: string[] = [];
    const leadership = leadershipOf(steps);
    const { run, stop } = participantOf(leadership);
    let [endTask, endOther] = [() => {}, () => {}];
    const leading = run(() => new Promise<void>((resolve) => (endTask = resolve)));
    await allPromises();
    void leadership.run(() => new Promise<void>((resolve) => (endOther = resolve)));
    stop.abort();
    expect(leadership.signal.reason).toMatchObject({ code: "RELEASED" });
    endTask();
    await allPromises();
    expect(steps).toEqual([]);
    endOther();
    await leading;
    expect(steps).toEqual(["released"]);
  });
});

describe("a participant whose campaign fails", () => {
  it("campaigns again after increasing delays, which start over after a success", async () => {
    const { run, stop, clock, logged } = participantOf(
      ...[errorOf("NO_AUTH"), errorOf("NO_AUTH"), leadershipOf(), errorOf("NO_AUTH")],
    );
    const leading = run(() => {});
    for (let round = 0; round < 3; round++) {
      await allPromises();
      clock.advance(clock.delays.at(-1)!);
    }
    await allPromises();
    expect(clock.delays).toEqual([100, 200, 100]);
    expect(logged[1]).toEqual([
      ...["warn", "campaign for reports failed; retrying"],
      { error: expect.objectContaining({ code: "NO_AUTH" }), delayMs: 200 },
    ]);
    stop.abort();
    await leading;
  });

  it("stops during a delay when its signal aborts", async () => {
    const { run, stop, clock, signals } = participantOf(errorOf("NO_AUTH"));
    const leading = run(() => {});
    await allPromises();
    stop.abort();
    await leading;
    expect([clock.pending, signals.length]).toEqual([0, 1]);
  });

  it.each<[code: ZkErrorCode, state: ZooKeeper["state"]]>([
    ["CLOSED", "connected"],
    ["CONNECTION_LOSS", "closed"],
    ["SESSION_EXPIRED", "expired"],
  ])("rejects with the error when the client has ended: %s in the state %s", async (code, state) => {
    const { run, zk } = participantOf(errorOf(code));
    zk.state = state;
    await expect(run(() => {})).rejects.toMatchObject({ code });
  });

  it("resolves when its signal has aborted, although the client is closed", async () => {
    const { run, zk, stop } = participantOf();
    const leading = run(() => {});
    await allPromises();
    zk.state = "closed";
    stop.abort();
    await leading;
  });
});

describe("a participant with a health check", () => {
  it("campaigns only while it is healthy, without a warning when it leaves the queue", async () => {
    const { run, stop, signals, logged } = participantOf();
    let isHealthy = false;
    const clock = new TestClock();
    const health = new HealthMonitor({ check: () => isHealthy, intervalMs: 10 }, { clock, logger: silentLogger });
    onTestFinished(() => health.close());
    const check = async (result: boolean): Promise<void> => {
      isHealthy = result;
      await allPromises();
      clock.advance(10);
      await allPromises();
    };
    const leading = run(() => {}, { health });
    await check(false);
    expect(signals).toEqual([]);
    await check(true);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await check(false);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await check(true);
    expect([signals.map(({ aborted }) => aborted), logged]).toEqual([[true, false], []]);
    stop.abort();
    await leading;
  });
});
