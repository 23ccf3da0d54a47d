import { textCodec, type ZooKeeper } from "@conclave/client";
import {
  AtomicValue,
  Barrier,
  Counter,
  DoubleBarrier,
  Group,
  LeaderElection,
  type Lock,
  Mutex,
  ReadWriteLock,
  Semaphore,
} from "@conclave/recipes";
import type { Sessions } from "./sessions.ts";

type Step = () => Promise<unknown>;
type Steps = Readonly<Record<string, Step>>;
type Participants = readonly [a: ZooKeeper, b: ZooKeeper, c: ZooKeeper];

/** Recipes in single steps, so that a proxy can count the requests of each step. */
export class CostSteps {
  readonly #sessions: Sessions;
  #participants: Participants | undefined;
  #steps: Steps = {};

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** Opens the sessions of the three participants, each through its own connect string. */
  async open([a, b, c]: readonly [string, string, string]): Promise<void> {
    const open = (server: string): Promise<ZooKeeper> => this.#sessions.connect(server);
    this.#participants = [await open(a), await open(b), await open(c)];
  }

  /** Creates a recipe and uses it once, so that its parent znodes exist. */
  async begin(recipe: string, path: string): Promise<void> {
    const make = RECIPES[recipe];
    if (make === undefined) throw new Error(`unknown recipe: ${recipe}`);
    if (this.#participants === undefined) throw new Error("call open() before begin()");
    this.#steps = await make(this.#participants, path);
  }

  async run(step: string): Promise<void> {
    await this.#steps[step]!();
  }
}

const RECIPES: Readonly<Record<string, (participants: Participants, path: string) => Promise<Steps>>> = {
  mutex: ([a], path) => givenBack(() => new Mutex(a, { path }).acquire()),
  "mutex-queue": ([a, b], path) => waitQueueOf(new Mutex(a, { path }), new Mutex(b, { path })),
  "read-lock": ([a], path) => givenBack(() => new ReadWriteLock(a, { path }).read.acquire()),
  "write-lock": ([a], path) => givenBack(() => new ReadWriteLock(a, { path }).write.acquire()),
  semaphore: ([a], path) => givenBack(() => new Semaphore(a, { path, permits: 2 }).acquire()),
  election: async ([a], path) => {
    const { acquire, release } = await givenBack(() => new LeaderElection(a, { path }).campaign());
    return { win: acquire!, resign: release! };
  },
  "election-queue": async ([a, b], path) => {
    const leader = await new LeaderElection(a, { path }).campaign();
    return waiterSteps(
      () => new LeaderElection(b, { path }).campaign(),
      () => leader.release(),
    );
  },
  barrier: async ([a], path) => ({ pass: () => new Barrier(a, { path }).wait() }),
  "barrier-wait": async ([a, b], path) => {
    const own = new Barrier(a, { path });
    await own.set();
    return waiterSteps(
      () => new Barrier(b, { path }).wait(),
      () => own.lift(),
    );
  },
  "double-barrier": async (participants, path) => {
    const barriers = participants.map((zk) => new DoubleBarrier(zk, { path, size: participants.length }));
    let passages = await Promise.all(barriers.map((barrier) => barrier.enter()));
    const leave = (): Promise<unknown> => Promise.all(passages.map((passage) => passage.leave()));
    await leave();
    const enter = async (): Promise<void> => {
      passages = await Promise.all(barriers.map((barrier) => barrier.enter()));
    };
    return { enter, leave };
  },
  counter: async ([a], path) => {
    const counter = new Counter(a, { path });
    await counter.add(1n);
    return { add: () => counter.add(1n) };
  },
  value: async ([a], path) => {
    const value = new AtomicValue(a, { path, codec: textCodec });
    await value.set("a");
    return {
      set: () => value.set("a"),
      update: () => value.update(() => "a"),
      compareAndSet: async () => value.compareAndSet(await value.get(), "b"),
    };
  },
  group: async ([a], path) => {
    const group = new Group(a, { path });
    const { acquire, release } = await givenBack(async () => {
      const membership = await group.join({ id: "a", data: 1 });
      return { release: () => membership.leave() };
    });
    return { join: acquire!, leave: release! };
  },
};

/** Returns the steps of a recipe that is acquired and released, after one such pass that is not counted. */
async function givenBack(acquire: () => Promise<{ release(): Promise<void> }>): Promise<Steps> {
  await (await acquire()).release();
  let held: { release(): Promise<void> } | undefined;
  return {
    acquire: async () => {
      held = await acquire();
    },
    release: () => held!.release(),
  };
}

async function waitQueueOf(first: Lock, second: Lock): Promise<Steps> {
  const held = await first.acquire();
  return waiterSteps(
    () => second.acquire(),
    () => held.release(),
  );
}

/** Returns two steps: `join` starts to wait and resolves while it still waits; `win` unblocks the waiter. */
function waiterSteps(join: Step, unblock: Step): Steps {
  let waits: Promise<unknown> | undefined;
  return {
    join: async () => {
      waits = join();
      // A rejection before `win` awaits it must not count as unhandled.
      waits.catch(() => {});
    },
    win: async () => {
      await unblock();
      await waits;
    },
  };
}
