import { CreateMode, type ReadOptions, type Stat } from "@conclave/client";
import { randomInt } from "@conclave/runtime";
import { type Actor, childrenWord, dataWord, namesWord } from "./actor.ts";
import type { Effect } from "./call-log.ts";
import { ABSENT, type Watched } from "./watch-log.ts";

/** Number of znodes that all clients write. */
export const REGISTERS = 4;

/** Version that no znode of a round reaches. */
const WRONG_VERSION = 1_000_000;

const MODES = [
  CreateMode.PERSISTENT,
  CreateMode.PERSISTENT,
  CreateMode.PERSISTENT_SEQUENTIAL,
  CreateMode.EPHEMERAL,
  CreateMode.EPHEMERAL_SEQUENTIAL,
];

type Operation = (actor: Actor, others: readonly Actor[]) => void;

/** Operations of a client with their relative frequency. */
const OPERATIONS: readonly (readonly [weight: number, operation: Operation])[] = [
  [18, create],
  [8, create2],
  [13, setTarget],
  [10, deleteTarget],
  [10, setRegister],
  [6, multi],
  [3, rejectedMulti],
  [5, rejectedWrite],
  [14, getData],
  [9, exists],
  [4, getChildren2],
  [3, getChildren],
  [2, sync],
];
const TOTAL = OPERATIONS.reduce((sum, [weight]) => sum + weight, 0);

/** Makes one random call. */
export function callRandomOperation(actor: Actor, others: readonly Actor[]): void {
  let at = randomInt(actor.random, TOTAL);
  for (const [weight, operation] of OPERATIONS) {
    if (at < weight) {
      operation(actor, others);
      return;
    }
    at -= weight;
  }
}

function newZnode(actor: Actor): { effect: Extract<Effect, { kind: "create" }>; mode: CreateMode } {
  const mode = MODES[randomInt(actor.random, MODES.length)]!;
  const isSequential = mode === CreateMode.PERSISTENT_SEQUENTIAL || mode === CreateMode.EPHEMERAL_SEQUENTIAL;
  const isEphemeral = mode === CreateMode.EPHEMERAL || mode === CreateMode.EPHEMERAL_SEQUENTIAL;
  const path = actor.freshPath() + (isSequential ? "-" : "");
  return { effect: { kind: "create", path, data: `by ${path}`, isSequential, isEphemeral }, mode };
}

function create(actor: Actor): void {
  const { effect, mode } = newZnode(actor);
  const start = (signal?: AbortSignal) => actor.zk.create(effect.path, effect.data, { mode, signal });
  actor.call({ title: `create ${effect.path}`, effects: [effect], start });
}

function create2(actor: Actor): void {
  const { effect, mode } = newZnode(actor);
  actor.call({
    title: `create2 ${effect.path}`,
    effects: [effect],
    start: (signal) => actor.zk.create2(effect.path, effect.data, { mode, signal }),
    onDone: ({ path, stat }) => {
      actor.order.wrote(path, stat);
      actor.observations.held(path, stat, effect.data);
      actor.watches.observed("data", path, dataWord(stat));
      if (effect.isEphemeral !== (stat.ephemeralOwner === actor.zk.sessionId)) {
        actor.log.addViolation(`${actor.name}: ${path} was created with the owner ${stat.ephemeralOwner}`);
      }
    },
  });
}

function setTarget(actor: Actor): void {
  const path = actor.setTarget();
  if (path === undefined) return create(actor);
  const data = `set ${path}`;
  const version = randomInt(actor.random, 2) - 1;
  actor.call({
    title: `setData ${path}`,
    effects: [{ kind: "set", path, data }],
    start: (signal) => actor.zk.setData(path, data, { version, signal }),
    onDone: (stat) => wrote(actor, path, stat, data),
  });
}

function wrote(actor: Actor, path: string, stat: Stat, data: string): void {
  actor.order.wrote(path, stat);
  actor.observations.held(path, stat, data);
  actor.watches.observed("data", path, dataWord(stat));
}

function deleteTarget(actor: Actor): void {
  const path = actor.deleteTarget();
  if (path === undefined) return create(actor);
  const version = randomInt(actor.random, 2) - 1;
  actor.call({
    title: `delete ${path}`,
    effects: [{ kind: "delete", path }],
    start: (signal) => actor.zk.delete(path, { version, signal }),
    onDone: () => actor.observedAbsent(path),
  });
}

function setRegister(actor: Actor): void {
  const path = `/r${randomInt(actor.random, REGISTERS)}`;
  const data = `by ${actor.name}, ${actor.log.calls.length}`;
  // The version read last, which another client may have changed.
  const version = randomInt(actor.random, 2) === 0 ? -1 : (actor.registers.get(path) ?? -1);
  actor.call({
    title: `setData ${path} "${data}"`,
    effects: [{ kind: "register", path, data }],
    start: (signal) => actor.zk.setData(path, data, { version, signal }),
    onDone: (stat) => {
      actor.registers.set(path, stat.version);
      wrote(actor, path, stat, data);
    },
  });
}

function multi(actor: Actor): void {
  const made = [newZnode(actor), newZnode(actor)] as const;
  const [target, deleted] = [actor.setTarget(), actor.deleteTarget()];
  if (target === undefined || deleted === undefined) return create(actor);
  const data = `set ${target}`;
  const effects: Effect[] = [
    ...made.map(({ effect }) => effect),
    { kind: "set", path: target, data },
    { kind: "delete", path: deleted },
  ];
  actor.call({
    title: `multi of ${effects.map(({ path }) => path).join()}`,
    effects,
    start: (signal) =>
      actor.zk
        .transaction()
        .check(target, 0)
        .create(made[0].effect.path, made[0].effect.data, { mode: made[0].mode })
        .setData(target, data)
        .delete(deleted, 0)
        .create(made[1].effect.path, made[1].effect.data, { mode: made[1].mode })
        .commit({ signal }),
    onDone: ([, stat]) => wrote(actor, target, stat, data),
  });
}

/** Commits a transaction that fails at its last check. */
function rejectedMulti(actor: Actor): void {
  const { effect, mode } = newZnode(actor);
  actor.call({
    title: `failing multi of ${effect.path}`,
    effects: [effect],
    start: (signal) =>
      actor.zk
        .transaction()
        .create(effect.path, effect.data, { mode })
        .check(actor.home, WRONG_VERSION)
        .commit({ signal }),
    onDone: () =>
      actor.log.addViolation(`${actor.name}: multi of ${effect.path} succeeded in spite of its failing check`),
  });
}

/** Makes a write that the server rejects. */
function rejectedWrite(actor: Actor): void {
  const kind = randomInt(actor.random, 3);
  const path = kind === 0 ? `/nowhere${actor.freshPath()}` : actor.home;
  const start = {
    0: (signal?: AbortSignal): Promise<unknown> => actor.zk.create(path, "", { signal }),
    1: (signal?: AbortSignal) => actor.zk.setData(path, "", { version: WRONG_VERSION, signal }),
    2: (signal?: AbortSignal) => actor.zk.delete(path, { version: WRONG_VERSION, signal }),
  }[kind as 0 | 1 | 2];
  const data = `rejected ${actor.log.calls.length}`;
  const effect: Effect = { kind: "create", path: `/nowhere${path}`, data, isSequential: false, isEphemeral: false };
  actor.call({
    title: `failing write of ${path}`,
    effects: [effect],
    start,
    onDone: () => actor.log.addViolation(`${actor.name}: a write of ${path} succeeded that must fail`),
  });
}

/** Makes a read, every second one with a watch. `seen` encodes the result, so that a change can be recognized. */
function read<T>(
  actor: Actor,
  title: string,
  path: string,
  of: Watched,
  start: (options: ReadOptions) => Promise<T>,
  seen: (result: T) => string,
  onDone: (result: T) => void,
): void {
  const prepared = randomInt(actor.random, 2) === 0 ? actor.watches.prepare(of, path) : undefined;
  actor.call({
    title: `${title} ${path}`,
    start: (signal) => start({ watch: prepared?.listener, signal }),
    onDone: (result) => {
      onDone(result);
      if (prepared !== undefined) actor.watches.registered(prepared.watch, seen(result), actor.zk.sessionId);
    },
  });
}

function getData(actor: Actor, others: readonly Actor[]): void {
  const path = somewhere(actor, others);
  read(
    actor,
    "getData",
    path,
    "data",
    (options) => actor.zk.getData(path, options),
    ({ stat }) => dataWord(stat),
    ({ data, stat }) => {
      actor.observed(path, stat);
      actor.observations.held(path, stat, data?.toString() ?? "");
      if (path.startsWith("/r")) actor.registers.set(path, stat.version);
    },
  );
}

function exists(actor: Actor, others: readonly Actor[]): void {
  const other = others[randomInt(actor.random, others.length)]!;
  const path = randomInt(actor.random, 2) === 0 ? other.futurePath() : somewhere(actor, others);
  read(
    actor,
    "exists",
    path,
    "data",
    (options) => actor.zk.exists(path, options),
    (stat) => (stat === null ? ABSENT : dataWord(stat)),
    (stat) => (stat === null ? actor.observedAbsent(path) : actor.observed(path, stat)),
  );
}

function getChildren2(actor: Actor, others: readonly Actor[]): void {
  const path = others[randomInt(actor.random, others.length)]!.home;
  read(
    actor,
    "getChildren2",
    path,
    "children",
    (options) => actor.zk.getChildren2(path, options),
    ({ stat }) => childrenWord(stat),
    ({ children, stat }) => {
      actor.observed(path, stat);
      actor.watches.observed("children", path, childrenWord(stat));
      for (const name of children) actor.observations.paths.add(`${path}/${name}`);
    },
  );
}

function getChildren(actor: Actor, others: readonly Actor[]): void {
  const path = others[randomInt(actor.random, others.length)]!.home;
  read(
    actor,
    "getChildren",
    path,
    "names",
    (options) => actor.zk.getChildren(path, options),
    namesWord,
    (names) => actor.watches.observed("names", path, namesWord(names)),
  );
}

function sync(actor: Actor): void {
  actor.call({ title: "sync", start: (signal) => actor.zk.sync("/", { signal }) });
}

/** Returns the path of a random znode: a register in one of three cases, where watches, aborted calls and changes meet. */
function somewhere(actor: Actor, others: readonly Actor[]): string {
  if (randomInt(actor.random, 3) === 0) return `/r${randomInt(actor.random, REGISTERS)}`;
  return others[randomInt(actor.random, others.length)]!.somePath();
}
