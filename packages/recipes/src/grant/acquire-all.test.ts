import { expect, it } from "vitest";
import { acquireAll } from "./acquire-all.js";
import { type CombinedGrant } from "./combined-grant.js";
import { type GrantLostError } from "./grant-lost-error.js";
import { HeldGrant } from "./held-grant.js";

const SIZE = 3;
/** `lose0` ends the first grant, `lose1` the second. */
const EVENTS = ["win", "refuse", "abort", "notNow", "lose0", "lose1", "win and lose0", "lose1 and lose0"] as const;
type Event = (typeof EVENTS)[number];
const LONGEST = 5;

/** A call of `acquireAll` in which the test decides when each grant is acquired, refused or lost. */
class Scenario {
  /** Last grant of each acquirer. */
  readonly held = new Map<number, HeldGrant>();
  readonly stop = new AbortController();
  outcome: { readonly grant: CombinedGrant | undefined } | { readonly error: unknown } | undefined;
  /** Pending acquirer. */
  waiting:
    | {
        readonly index: number;
        readonly resolve: (grant: HeldGrant | undefined) => void;
        readonly reject: (error: unknown) => void;
      }
    | undefined;
  #tokens = 0n;

  constructor() {
    const wins = Array.from({ length: SIZE }, (_, index) => (signal: AbortSignal) => this.#acquire(index, signal));
    acquireAll<HeldGrant>(wins, this.stop.signal).then(
      (grant) => {
        this.outcome = { grant };
      },
      (error: unknown) => {
        this.outcome = { error };
      },
    );
  }

  async apply(event: Event): Promise<void> {
    for (const each of event.split(" and ")) {
      if (each === "win") this.#win();
      else if (each === "refuse") this.waiting?.reject(new Error("refused"));
      else if (each === "abort") this.stop.abort();
      else if (each === "notNow") this.waiting?.resolve(undefined);
      else this.held.get(Number(each.at(-1)))?.end("SUSPENDED");
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Acquirers whose grant is valid. */
  get valid(): number[] {
    return [...this.held].filter(([, { signal }]) => !signal.aborted).map(([index]) => index);
  }

  #acquire(index: number, signal: AbortSignal): Promise<HeldGrant | undefined> {
    expect(this.waiting).toBe(undefined);
    return new Promise<HeldGrant | undefined>((resolve, reject) => {
      this.waiting = { index, resolve, reject };
      const abort = (): void => reject(new Error("aborted"));
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort);
    }).finally(() => {
      this.waiting = undefined;
    });
  }

  #win(): void {
    if (this.waiting === undefined) return;
    const { index, resolve } = this.waiting;
    expect(this.held.get(index)?.signal.aborted ?? true).toBe(true);
    const grant = new HeldGrant({
      zk: { state: "connected" },
      what: `${index}`,
      path: `/${index}`,
      fencingToken: ++this.#tokens,
      deleteZnode: async () => {},
    });
    this.held.set(index, grant);
    resolve(grant);
  }
}

/** Applies the events to a new call, and checks the invariants after the last one. Returns the outcome of the call. */
async function outcomeOf(events: readonly Event[]): Promise<"pending" | "granted" | "ended"> {
  const scenario = new Scenario();
  for (const event of events) await scenario.apply(event);
  const { outcome, waiting, valid } = scenario;
  const at = events.join(", ");
  if (outcome === undefined) {
    // W1, W2: the valid grants are exactly those before the pending one.
    expect([waiting?.index, valid], at).toEqual([valid.length, valid.map((_, index) => index)]);
    return "pending";
  }
  if ("grant" in outcome && outcome.grant !== undefined) {
    // W4: all grants are valid.
    expect([outcome.grant.signal.aborted, valid.length], at).toEqual([false, SIZE]);
    return "granted";
  }
  // W5, W6: no grant is left, and the error is not that of a lost grant.
  expect(valid, at).toEqual([]);
  if ("error" in outcome) expect((outcome.error as Error).message).toMatch(/^(refused|aborted)$/);
  expect(events.at(-1), at).toMatch(/refuse|abort|notNow/);
  return "ended";
}

it("acquireAll holds exactly the grants before the pending one, in every sequence of events", async () => {
  let pending: readonly (readonly Event[])[] = [[]];
  const seen = new Map<string, number>();
  for (let length = 1; length <= LONGEST; length++) {
    const longer = pending.flatMap((events) => EVENTS.map((event) => [...events, event]));
    const outcomes = await Promise.all(longer.map(outcomeOf));
    for (const outcome of outcomes) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    pending = longer.filter((_, index) => outcomes[index] === "pending");
  }
  for (const outcome of ["pending", "granted", "ended"]) expect(seen.get(outcome)).toBeGreaterThan(10);
});

it("a combined grant is lost with the reason of the first lost grant, and releases the others", async () => {
  const scenario = new Scenario();
  for (let each = 0; each < SIZE; each++) await scenario.apply("win");
  const { grant } = scenario.outcome as { grant: CombinedGrant };
  scenario.held.get(1)!.end("GONE");
  expect((grant.signal.reason as GrantLostError).code).toBe("GONE");
  expect(scenario.valid).toEqual([]);
});
