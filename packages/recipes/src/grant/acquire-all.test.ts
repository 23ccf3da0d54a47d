import { expect, it } from "vitest";
import { acquireAll } from "./acquire-all.js";
import { type CombinedGrant } from "./combined-grant.js";
import { type GrantLostError } from "./grant-lost-error.js";
import { HeldGrant } from "./held-grant.js";

const SIZE = 3;
/** `lose0` loses the first of the order, … */
const EVENTS = ["win", "refuse", "abort", "notNow", "lose0", "lose1", "win and lose0", "lose1 and lose0"] as const;
type Event = (typeof EVENTS)[number];
const LONGEST = 5;

/** A wait for several grants, all ends of which the test has in its hands. */
class Course {
  /** What is held of each, by those who give it. */
  readonly held = new Map<number, HeldGrant>();
  readonly stop = new AbortController();
  outcome: { readonly whole: CombinedGrant | undefined } | { readonly error: unknown } | undefined;
  /** The one that is stood for. */
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
      (whole) => {
        this.outcome = { whole };
      },
      (error: unknown) => {
        this.outcome = { error };
      },
    );
  }

  async meet(event: Event): Promise<void> {
    for (const each of event.split(" and ")) {
      if (each === "win") this.#win();
      else if (each === "refuse") this.waiting?.reject(new Error("refused"));
      else if (each === "abort") this.stop.abort();
      else if (each === "notNow") this.waiting?.resolve(undefined);
      else this.held.get(Number(each.at(-1)))?.end("SUSPENDED");
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  get isOver(): boolean {
    return this.outcome !== undefined;
  }

  /** Those whose grant stands. */
  get standing(): number[] {
    return [...this.held].filter(([, { signal }]) => !signal.aborted).map(([index]) => index);
  }

  #acquire(index: number, signal: AbortSignal): Promise<HeldGrant | undefined> {
    expect(this.waiting).toBe(undefined);
    return new Promise<HeldGrant | undefined>((resolve, reject) => {
      this.waiting = { index, resolve, reject };
      const giveUp = (): void => reject(new Error("given up"));
      if (signal.aborted) giveUp();
      else signal.addEventListener("abort", giveUp);
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

/** All courses of so many events, those that end a wait as their last. */
function* courses(length: number): Generator<readonly Event[]> {
  if (length === 0) return yield [];
  for (const rest of courses(length - 1)) for (const event of EVENTS) yield [...rest, event];
}

it("acquireAll holds exactly the grants before the one that it waits for, in every sequence of events", async () => {
  let wholes = 0;
  const play = async (events: readonly Event[]): Promise<void> => {
    const course = new Course();
    for (const event of events) {
      if (course.isOver) return;
      await course.meet(event);
      const { outcome, waiting, standing } = course;
      const at = events.join(", ");
      if (outcome === undefined) {
        // W1, W2: all before the one that it waits for, and none behind.
        expect([waiting?.index, standing], at).toEqual([standing.length, standing.map((_, index) => index)]);
      } else if ("whole" in outcome && outcome.whole !== undefined) {
        // W4.
        expect([outcome.whole.signal.aborted, standing.length], at).toEqual([false, SIZE]);
        wholes++;
      } else {
        // W5, W6: what ended it is none of the losses, and nothing is held.
        expect(standing, at).toEqual([]);
        if ("error" in outcome) expect((outcome.error as Error).message).toMatch(/^(refused|given up)$/);
        expect(events, at).toEqual(expect.arrayContaining([expect.stringMatching(/refuse|abort|notNow/)]));
      }
    }
  };
  await Promise.all([...courses(LONGEST)].map(play));
  expect(wholes).toBeGreaterThan(100);
});

it("a combined grant is lost with the reason of the first lost grant, and releases the others", async () => {
  const course = new Course();
  for (let each = 0; each < SIZE; each++) await course.meet("win");
  const { whole } = course.outcome as { whole: CombinedGrant };
  course.held.get(1)!.end("GONE");
  expect((whole.signal.reason as GrantLostError).code).toBe("GONE");
  expect(course.standing).toEqual([]);
});
