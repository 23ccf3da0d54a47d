import { CreateMode, type ReadOptions, type Stat } from "@conclave/client";
import { randomInt } from "@conclave/runtime";
import type { Mark } from "./ledger.ts";
import { childrenWord, dataWord, namesWord, type Player } from "./player.ts";
import { ABSENT, type Watched } from "./watch-log.ts";

/** How many znodes everybody writes. */
export const REGISTERS = 4;

/** A version that no znode of a round comes to. */
const WRONG_VERSION = 1_000_000;

const MODES = [
  CreateMode.PERSISTENT,
  CreateMode.PERSISTENT,
  CreateMode.PERSISTENT_SEQUENTIAL,
  CreateMode.EPHEMERAL,
  CreateMode.EPHEMERAL_SEQUENTIAL,
];

type Move = (player: Player, others: readonly Player[]) => void;

/** What a client does, and how often. */
const MOVES: readonly (readonly [weight: number, move: Move])[] = [
  [18, create],
  [8, create2],
  [13, setTarget],
  [10, deleteTarget],
  [10, setRegister],
  [6, multi],
  [3, multiInVain],
  [5, inVain],
  [14, getData],
  [9, exists],
  [4, getChildren2],
  [3, getChildren],
  [2, sync],
];
const TOTAL = MOVES.reduce((sum, [weight]) => sum + weight, 0);

/** Has a client make one call. */
export function moveByChance(player: Player, others: readonly Player[]): void {
  let at = randomInt(player.random, TOTAL);
  for (const [weight, move] of MOVES) {
    if (at < weight) {
      move(player, others);
      return;
    }
    at -= weight;
  }
}

function make(player: Player): { mark: Extract<Mark, { kind: "make" }>; mode: CreateMode } {
  const mode = MODES[randomInt(player.random, MODES.length)]!;
  const isSequential = mode === CreateMode.PERSISTENT_SEQUENTIAL || mode === CreateMode.EPHEMERAL_SEQUENTIAL;
  const isEphemeral = mode === CreateMode.EPHEMERAL || mode === CreateMode.EPHEMERAL_SEQUENTIAL;
  const path = player.freshPath() + (isSequential ? "-" : "");
  return { mark: { kind: "make", path, data: `by ${path}`, isSequential, isEphemeral }, mode };
}

function create(player: Player): void {
  const { mark, mode } = make(player);
  const start = (signal?: AbortSignal) => player.zk.create(mark.path, mark.data, { mode, signal });
  player.call({ what: `create ${mark.path}`, marks: [mark], start });
}

function create2(player: Player): void {
  const { mark, mode } = make(player);
  player.call({
    what: `create2 ${mark.path}`,
    marks: [mark],
    start: (signal) => player.zk.create2(mark.path, mark.data, { mode, signal }),
    onDone: ({ path, stat }) => {
      player.order.wrote(path, stat);
      player.sightings.held(path, stat, mark.data);
      player.watches.shown("data", path, dataWord(stat));
      if (mark.isEphemeral !== (stat.ephemeralOwner === player.zk.sessionId)) {
        player.ledger.violation(`${player.name}: ${path} was made with the owner ${stat.ephemeralOwner}`);
      }
    },
  });
}

function setTarget(player: Player): void {
  const path = player.setTarget();
  if (path === undefined) return create(player);
  const data = `set ${path}`;
  const version = randomInt(player.random, 2) - 1;
  player.call({
    what: `setData ${path}`,
    marks: [{ kind: "set", path, data }],
    start: (signal) => player.zk.setData(path, data, { version, signal }),
    onDone: (stat) => wrote(player, path, stat, data),
  });
}

function wrote(player: Player, path: string, stat: Stat, data: string): void {
  player.order.wrote(path, stat);
  player.sightings.held(path, stat, data);
  player.watches.shown("data", path, dataWord(stat));
}

function deleteTarget(player: Player): void {
  const path = player.deleteTarget();
  if (path === undefined) return create(player);
  const version = randomInt(player.random, 2) - 1;
  player.call({
    what: `delete ${path}`,
    marks: [{ kind: "delete", path }],
    start: (signal) => player.zk.delete(path, { version, signal }),
    onDone: () => player.sawAbsent(path),
  });
}

function setRegister(player: Player): void {
  const path = `/r${randomInt(player.random, REGISTERS)}`;
  const data = `by ${player.name}, ${player.ledger.calls.length}`;
  // By what was seen last, which somebody else may have changed since.
  const version = randomInt(player.random, 2) === 0 ? -1 : (player.registers.get(path) ?? -1);
  player.call({
    what: `setData ${path} "${data}"`,
    marks: [{ kind: "register", path, data }],
    start: (signal) => player.zk.setData(path, data, { version, signal }),
    onDone: (stat) => {
      player.registers.set(path, stat.version);
      wrote(player, path, stat, data);
    },
  });
}

function multi(player: Player): void {
  const made = [make(player), make(player)] as const;
  const [target, gone] = [player.setTarget(), player.deleteTarget()];
  if (target === undefined || gone === undefined) return create(player);
  const data = `set ${target}`;
  const marks: Mark[] = [
    ...made.map(({ mark }) => mark),
    { kind: "set", path: target, data },
    { kind: "delete", path: gone },
  ];
  player.call({
    what: `multi of ${marks.map(({ path }) => path).join()}`,
    marks,
    start: (signal) =>
      player.zk
        .transaction()
        .check(target, 0)
        .create(made[0].mark.path, made[0].mark.data, { mode: made[0].mode })
        .setData(target, data)
        .delete(gone, 0)
        .create(made[1].mark.path, made[1].mark.data, { mode: made[1].mode })
        .commit({ signal }),
    onDone: ([, stat]) => wrote(player, target, stat, data),
  });
}

/** A transaction whose last write cannot be done. */
function multiInVain(player: Player): void {
  const { mark, mode } = make(player);
  player.call({
    what: `multi in vain of ${mark.path}`,
    marks: [mark],
    start: (signal) =>
      player.zk
        .transaction()
        .create(mark.path, mark.data, { mode })
        .check(player.home, WRONG_VERSION)
        .commit({ signal }),
    onDone: () => player.ledger.violation(`${player.name}: multi of ${mark.path} was done in spite of its check`),
  });
}

/** A write that the server refuses. */
function inVain(player: Player): void {
  const kind = randomInt(player.random, 3);
  const path = kind === 0 ? `/nowhere${player.freshPath()}` : player.home;
  const start = {
    0: (signal?: AbortSignal): Promise<unknown> => player.zk.create(path, "", { signal }),
    1: (signal?: AbortSignal) => player.zk.setData(path, "", { version: WRONG_VERSION, signal }),
    2: (signal?: AbortSignal) => player.zk.delete(path, { version: WRONG_VERSION, signal }),
  }[kind as 0 | 1 | 2];
  const data = `in vain ${player.ledger.calls.length}`;
  const mark: Mark = { kind: "make", path: `/nowhere${path}`, data, isSequential: false, isEphemeral: false };
  player.call({
    what: `a write in vain of ${path}`,
    marks: [mark],
    start,
    onDone: () => player.ledger.violation(`${player.name}: a write of ${path} was done that cannot be`),
  });
}

/** Leaves a watch in every other read; `seen` makes a word of the answer, to tell a change by. */
function read<T>(
  player: Player,
  what: string,
  path: string,
  of: Watched,
  start: (options: ReadOptions) => Promise<T>,
  seen: (result: T) => string,
  onDone: (result: T) => void,
): void {
  const prepared = randomInt(player.random, 2) === 0 ? player.watches.prepare(of, path) : undefined;
  player.call({
    what: `${what} ${path}`,
    start: (signal) => start({ watch: prepared?.listener, signal }),
    onDone: (result) => {
      onDone(result);
      if (prepared !== undefined) player.watches.left(prepared.watch, seen(result), player.zk.sessionId);
    },
  });
}

function getData(player: Player, others: readonly Player[]): void {
  const path = somewhere(player, others);
  read(
    player,
    "getData",
    path,
    "data",
    (options) => player.zk.getData(path, options),
    ({ stat }) => dataWord(stat),
    ({ data, stat }) => {
      player.saw(path, stat);
      player.sightings.held(path, stat, data?.toString() ?? "");
      if (path.startsWith("/r")) player.registers.set(path, stat.version);
    },
  );
}

function exists(player: Player, others: readonly Player[]): void {
  const other = others[randomInt(player.random, others.length)]!;
  const path = randomInt(player.random, 2) === 0 ? other.futurePath() : somewhere(player, others);
  read(
    player,
    "exists",
    path,
    "data",
    (options) => player.zk.exists(path, options),
    (stat) => (stat === null ? ABSENT : dataWord(stat)),
    (stat) => (stat === null ? player.sawAbsent(path) : player.saw(path, stat)),
  );
}

function getChildren2(player: Player, others: readonly Player[]): void {
  const path = others[randomInt(player.random, others.length)]!.home;
  read(
    player,
    "getChildren2",
    path,
    "children",
    (options) => player.zk.getChildren2(path, options),
    ({ stat }) => childrenWord(stat),
    ({ children, stat }) => {
      player.saw(path, stat);
      player.watches.shown("children", path, childrenWord(stat));
      for (const name of children) player.sightings.paths.add(`${path}/${name}`);
    },
  );
}

function getChildren(player: Player, others: readonly Player[]): void {
  const path = others[randomInt(player.random, others.length)]!.home;
  read(
    player,
    "getChildren",
    path,
    "names",
    (options) => player.zk.getChildren(path, options),
    namesWord,
    (names) => player.watches.shown("names", path, namesWord(names)),
  );
}

function sync(player: Player): void {
  player.call({ what: "sync", start: (signal) => player.zk.sync("/", { signal }) });
}

/** Every third time what everybody writes: there a watch, one that is given up, and a change meet each other. */
function somewhere(player: Player, others: readonly Player[]): string {
  if (randomInt(player.random, 3) === 0) return `/r${randomInt(player.random, REGISTERS)}`;
  return others[randomInt(player.random, others.length)]!.somePath();
}
