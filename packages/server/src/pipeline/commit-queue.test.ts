import { ErrorCode, OpCode } from "@conclave/protocol";
import { describe, expect, it } from "vitest";
import type { TxnRecord } from "../tree/txn.js";
import { CommitQueue } from "./commit-queue.js";

const recordOf = (zxid: bigint): TxnRecord => ({
  header: { clientId: 1n, cxid: 1, zxid, time: 1, type: OpCode.error },
  txn: { type: OpCode.error, err: ErrorCode.OK },
});

/** A queue after zxid 10, and everything that it did. */
class Scenario {
  readonly log: string[] = [];
  readonly queue = new CommitQueue({
    lastZxid: 10n,
    apply: ({ header, txn }) => {
      this.log.push(`apply ${header.zxid}`);
      return { type: txn.type, err: 0 };
    },
    onAdvanced: (count) => void this.log.push(`advanced by ${count}`),
  });

  add(zxid: bigint): void {
    this.queue.add(recordOf(zxid), { applied: (_, at) => void this.log.push(`waiter of ${zxid} at ${at}`) });
  }

  barrier(): void {
    this.queue.barrier({ applied: (_, at) => void this.log.push(`barrier at ${at}`) });
  }

  /** Positions relative to each other, for comparison. */
  get positions(): string {
    const { proposed, durable, committed, applied } = this.queue;
    return `proposed ${proposed}, durable ${durable}, committed ${committed}, applied ${applied}`;
  }
}

type State = CommitQueue["state"];

/** Brings a new queue into a state. */
const reach: Record<State, (scenario: Scenario) => void> = {
  idle: () => {},
  waiting: (scenario) => scenario.add(11n),
  failed: (scenario) => {
    scenario.add(11n);
    scenario.queue.fail();
  },
};

const events = {
  add: (scenario: Scenario) => scenario.add(12n),
  barrier: (scenario: Scenario) => scenario.barrier(),
  "markDurable of the last record": ({ queue }: Scenario) => queue.markDurable(queue.proposed),
  "markDurable beyond the last record": ({ queue }: Scenario) => queue.markDurable(13n),
  "markDurable of an earlier record": ({ queue }: Scenario) => queue.markDurable(9n),
  "markCommitted of the last record": ({ queue }: Scenario) => queue.markCommitted(queue.proposed),
  "markCommitted beyond the last record": ({ queue }: Scenario) => queue.markCommitted(13n),
  "markCommitted of an earlier record": ({ queue }: Scenario) => queue.markCommitted(9n),
  fail: ({ queue }: Scenario) => queue.fail(),
};

interface Outcome {
  readonly state: State;
  readonly positions: string;
  readonly log?: readonly string[];
  readonly throws?: true;
}

const at = (proposed: number, durable: number, committed: number, applied: number): string =>
  `proposed ${proposed}, durable ${durable}, committed ${committed}, applied ${applied}`;
const IDLE: Outcome = { state: "idle", positions: at(10, 10, 10, 10) };
const WAITING: Outcome = { state: "waiting", positions: at(11, 10, 10, 10) };
const FAILED: Outcome = { state: "failed", positions: at(11, 10, 10, 10) };

const table: Record<State, Record<keyof typeof events, Outcome>> = {
  idle: {
    add: { state: "waiting", positions: at(12, 10, 10, 10) },
    barrier: { ...IDLE, log: ["barrier at 10"] },
    "markDurable of the last record": IDLE,
    "markDurable beyond the last record": { ...IDLE, throws: true },
    "markDurable of an earlier record": { ...IDLE, throws: true },
    "markCommitted of the last record": IDLE,
    "markCommitted beyond the last record": { ...IDLE, throws: true },
    "markCommitted of an earlier record": { ...IDLE, throws: true },
    fail: { ...IDLE, state: "failed" },
  },
  waiting: {
    add: { state: "waiting", positions: at(12, 10, 10, 10) },
    barrier: WAITING,
    "markDurable of the last record": { state: "waiting", positions: at(11, 11, 10, 10) },
    "markDurable beyond the last record": { ...WAITING, throws: true },
    "markDurable of an earlier record": { ...WAITING, throws: true },
    "markCommitted of the last record": { state: "waiting", positions: at(11, 10, 11, 10) },
    "markCommitted beyond the last record": { ...WAITING, throws: true },
    "markCommitted of an earlier record": { ...WAITING, throws: true },
    fail: FAILED,
  },
  failed: {
    add: { state: "failed", positions: at(12, 10, 10, 10) },
    barrier: FAILED,
    "markDurable of the last record": FAILED,
    "markDurable beyond the last record": FAILED,
    "markDurable of an earlier record": FAILED,
    "markCommitted of the last record": FAILED,
    "markCommitted beyond the last record": FAILED,
    "markCommitted of an earlier record": FAILED,
    fail: FAILED,
  },
};

const cells = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([event, outcome]) => [event, state, outcome] as const),
);

describe("the commit queue", () => {
  it.each(cells)("takes the event '%s' in the state %s as its table says", (event, state, outcome) => {
    const scenario = new Scenario();
    reach[state as State](scenario);
    scenario.log.length = 0;
    const trigger = (): void => events[event as keyof typeof events](scenario);
    if (outcome.throws) expect(trigger).toThrow(RangeError);
    else trigger();
    expect({ state: scenario.queue.state, positions: scenario.positions, log: scenario.log }).toEqual({
      ...{ state: outcome.state, positions: outcome.positions, log: outcome.log ?? [] },
    });
  });

  it("applies up to the lesser of durable and committed, whichever comes first", () => {
    for (const [first, second] of [
      ["markDurable", "markCommitted"],
      ["markCommitted", "markDurable"],
    ] as const) {
      const scenario = new Scenario();
      for (const zxid of [11n, 12n, 13n]) scenario.add(zxid);
      scenario.queue[first](13n);
      expect(scenario.log).toEqual([]);
      scenario.queue[second](12n);
      expect(scenario.log).toEqual([
        "apply 11",
        "waiter of 11 at 11",
        "apply 12",
        "waiter of 12 at 12",
        "advanced by 2",
      ]);
      expect(scenario.queue.applied).toBe(12n);
      expect(scenario.queue.outstanding).toBe(1);
    }
  });

  it("calls a barrier after the records before it and before those after it", () => {
    const scenario = new Scenario();
    scenario.add(11n);
    scenario.barrier();
    scenario.add(12n);
    scenario.queue.markDurable(12n);
    scenario.queue.markCommitted(11n);
    expect(scenario.log).toEqual(["apply 11", "waiter of 11 at 11", "barrier at 11", "advanced by 1"]);
  });

  it("accepts records and barriers of a waiter while it applies", () => {
    const scenario = new Scenario();
    const { queue, log } = scenario;
    const addMore = (): void => {
      log.push("waiter adds");
      scenario.add(12n);
      scenario.barrier();
    };
    queue.add(recordOf(11n), { applied: addMore });
    queue.markDurable(11n);
    queue.markCommitted(11n);
    expect(log).toEqual(["apply 11", "waiter adds", "advanced by 1"]);
    queue.markDurable(12n);
    queue.markCommitted(12n);
    expect(log.slice(3)).toEqual(["apply 12", "waiter of 12 at 12", "barrier at 12", "advanced by 1"]);
  });

  it("calls a barrier that a waiter adds, after the records that are applied already", () => {
    const scenario = new Scenario();
    const { queue, log } = scenario;
    queue.add(recordOf(11n), { applied: () => scenario.barrier() });
    scenario.add(12n);
    queue.markCommitted(12n);
    queue.markDurable(12n);
    expect(log).toEqual(["apply 11", "apply 12", "waiter of 12 at 12", "barrier at 12", "advanced by 2"]);
    expect(queue.state).toBe("idle");
  });

  it("applies what a waiter adds and reports as done, after everything that was applied before", () => {
    const scenario = new Scenario();
    const { queue, log } = scenario;
    const applied = (): void => {
      log.push("waiter of 11");
      scenario.add(12n);
      queue.markDurable(12n);
      queue.markCommitted(12n);
      log.push("waiter of 11 returns");
    };
    queue.add(recordOf(11n), { applied });
    queue.markDurable(11n);
    queue.markCommitted(11n);
    expect(log).toEqual([
      ...["apply 11", "waiter of 11", "waiter of 11 returns", "apply 12", "waiter of 12 at 12", "advanced by 2"],
    ]);
    expect(scenario.positions).toBe(at(12, 12, 12, 12));
  });

  it("goes on with the next record after a waiter that throws", () => {
    const scenario = new Scenario();
    const { queue, log } = scenario;
    const applied = (): void => {
      throw new Error("broken waiter");
    };
    queue.add(recordOf(11n), { applied });
    scenario.add(12n);
    queue.markDurable(12n);
    expect(() => queue.markCommitted(12n)).toThrow("broken waiter");
    expect([queue.applied, queue.outstanding]).toEqual([11n, 1]);
    queue.markCommitted(12n);
    expect(log).toEqual(["apply 11", "apply 12", "waiter of 12 at 12", "advanced by 1"]);
  });

  it("calls a barrier of records that are durable or committed already when the last of them is applied", () => {
    for (const [first, second] of [
      ["markDurable", "markCommitted"],
      ["markCommitted", "markDurable"],
    ] as const) {
      const scenario = new Scenario();
      scenario.add(11n);
      scenario.add(12n);
      scenario.queue[first](12n);
      scenario.queue[second](11n);
      scenario.barrier();
      expect(scenario.log).toEqual(["apply 11", "waiter of 11 at 11", "advanced by 1"]);
      scenario.add(13n);
      scenario.queue[second](12n);
      expect(scenario.log.slice(3)).toEqual(["apply 12", "waiter of 12 at 12", "barrier at 12", "advanced by 1"]);
      expect(scenario.queue.outstanding).toBe(1);
    }
  });

  it("applies no record that is not durable, though a barrier follows it, or earlier ones were applied", () => {
    const first = new Scenario();
    first.add(11n);
    first.barrier();
    first.queue.markCommitted(11n);
    expect(first.log).toEqual([]);
    const second = new Scenario();
    for (const zxid of [11n, 12n]) second.add(zxid);
    second.queue.markDurable(12n);
    second.queue.markCommitted(11n);
    second.add(13n);
    second.queue.markCommitted(13n);
    expect(second.queue.applied).toBe(12n);
  });

  it("applies nothing when a position is reported again", () => {
    const scenario = new Scenario();
    scenario.add(11n);
    scenario.queue.markCommitted(11n);
    scenario.queue.markDurable(10n);
    expect(scenario.log).toEqual([]);
  });

  it("names the records that are not applied, and shows a waiter how many are left", () => {
    const scenario = new Scenario();
    const { queue } = scenario;
    const left: number[] = [];
    queue.add(recordOf(11n), { applied: () => left.push(queue.outstanding, queue.unapplied().length) });
    scenario.add(12n);
    scenario.barrier();
    scenario.add(13n);
    expect(queue.unapplied()).toEqual([recordOf(11n), recordOf(12n), recordOf(13n)]);
    queue.markDurable(13n);
    queue.markCommitted(11n);
    expect(left).toEqual([3, 2]);
    expect(queue.unapplied()).toEqual([recordOf(12n), recordOf(13n)]);
  });

  it("says which position was reported wrongly", () => {
    const scenario = new Scenario();
    scenario.add(11n);
    const marked = (position: string) => `zxid 13 marked as ${position}, which is 10; proposed is 11`;
    expect(() => scenario.queue.markDurable(13n)).toThrow(marked("durable"));
    expect(() => scenario.queue.markCommitted(13n)).toThrow(marked("committed"));
  });

  it("refuses a record whose zxid is not above the last one", () => {
    const scenario = new Scenario();
    scenario.add(11n);
    expect(() => scenario.add(11n)).toThrow("zxid 11 proposed after 11");
    expect(() => scenario.add(9n)).toThrow(RangeError);
    expect(scenario.queue.outstanding).toBe(1);
  });

  it("resolves idle() when the last record is applied, and when the queue fails", async () => {
    const scenario = new Scenario();
    const { queue, log } = scenario;
    await queue.idle();
    scenario.add(11n);
    const idle = queue.idle().then(() => log.push("idle"));
    queue.markDurable(11n);
    await new Promise(setImmediate);
    expect(log).toEqual([]);
    queue.markCommitted(11n);
    await idle;
    expect(log).toEqual(["apply 11", "waiter of 11 at 11", "advanced by 1", "idle"]);
    scenario.add(12n);
    const failed = queue.idle();
    queue.fail();
    await failed;
    expect(queue.applied).toBe(11n);
  });
});

describe("a barrier at the committed position", () => {
  const barrier = ({ queue, log }: Scenario): void =>
    queue.barrierAtCommitted({ applied: (_, zxid) => void log.push(`barrier at ${zxid}`) });

  it("is passed at once if everything committed is applied, whatever is proposed", () => {
    const scenario = new Scenario();
    barrier(scenario);
    scenario.add(11n);
    scenario.queue.markDurable(11n);
    barrier(scenario);
    expect(scenario.log).toEqual(["barrier at 10", "barrier at 10"]);
  });

  it("is passed after what is committed and not durable yet, and before later proposals", () => {
    const scenario = new Scenario();
    for (const zxid of [11n, 12n, 13n]) scenario.add(zxid);
    scenario.queue.markDurable(11n);
    scenario.queue.markCommitted(12n);
    scenario.log.length = 0;
    barrier(scenario);
    barrier(scenario);
    scenario.queue.markDurable(13n);
    expect(scenario.log).toEqual(["apply 12", "waiter of 12 at 12", "barrier at 12", "barrier at 12", "advanced by 1"]);
    scenario.queue.markCommitted(13n);
    expect(scenario.log.slice(5)).toEqual(["apply 13", "waiter of 13 at 13", "advanced by 1"]);
  });

  it.each([
    ["two", 12n],
    ["three", 13n],
  ])("set by a waiter is passed after the last of two committed records, with %s durable", (_, durable) => {
    const scenario = new Scenario();
    scenario.queue.add(recordOf(11n), { applied: () => barrier(scenario) });
    for (const zxid of [12n, 13n]) scenario.add(zxid);
    scenario.queue.markDurable(durable);
    scenario.queue.markCommitted(12n);
    expect(scenario.log).toEqual(["apply 11", "apply 12", "waiter of 12 at 12", "barrier at 12", "advanced by 2"]);
    scenario.queue.markCommitted(13n);
    expect(scenario.queue.applied).toBe(durable);
  });

  it("set by a waiter makes no record count as durable", () => {
    const scenario = new Scenario();
    scenario.queue.add(recordOf(11n), { applied: () => barrier(scenario) });
    scenario.add(12n);
    scenario.queue.markDurable(11n);
    scenario.queue.markCommitted(12n);
    expect(scenario.log).toEqual(["apply 11", "advanced by 1"]);
    scenario.queue.markDurable(12n);
    expect(scenario.log.slice(2)).toEqual(["apply 12", "waiter of 12 at 12", "barrier at 12", "advanced by 1"]);
  });

  it("is never passed once the queue has failed", () => {
    const scenario = new Scenario();
    scenario.queue.fail();
    barrier(scenario);
    expect(scenario.log).toEqual([]);
  });
});
