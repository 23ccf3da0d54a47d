import type { ZooKeeper } from "@conclave/client";
import { type Random, randomInt } from "@conclave/runtime";
import { eventually, type FaultTarget, WAIT_LIMIT_MS } from "@conclave/testing";
import { BrokenPromisesError } from "./broken-promises-error.ts";
import { dealFaults, type FaultCard, pause } from "./fault-cards.ts";
import { type Call, Ledger, UNTOUCHED } from "./ledger.ts";
import { moveByChance, REGISTERS } from "./moves.ts";
import { type Connect, Player, TARGETS } from "./player.ts";
import { Sightings } from "./sightings.ts";
import { auditTree } from "./tree-audit.ts";
import { TreeSnapshot } from "./tree-snapshot.ts";
import { missedByWatches, toldForNothing, touchHalf } from "./watch-audit.ts";

/** Options of a round. */
export interface RoundOptions {
  readonly connect: Connect;
  readonly target: FaultTarget;
  /** A path that does not exist yet. */
  readonly root: string;
  readonly random: Random;
  readonly withRestart: boolean;
  /** @default WAIT_LIMIT_MS */
  readonly lastsMs?: number | undefined;
}

/** Result of a round. */
export interface RoundOutcome {
  readonly ledger: Ledger;
  readonly players: readonly Player[];
  readonly faults: readonly string[];
}

const PLAYERS = 6;
const FAULTS_EACH = 8;
const CALLS_PER_FAULT = 45;
/** Short, because faults wait for its end; long enough for a process that gets little of a busy machine. */
const SESSION_TIMEOUT_MS = 3_000;
/** Sessions of the witnesses, which must not expire on a busy machine. */
const WITNESS_SESSION_MS = 60_000;

/** Plays one round. Rejects with all contradictions that it found. */
export async function playRound(options: RoundOptions): Promise<RoundOutcome> {
  const { connect, target, root, random, lastsMs = WAIT_LIMIT_MS } = options;
  const ledger = new Ledger(lastsMs);
  const players: Player[] = [];
  const witness = await connect(target.connectString, { sessionTimeoutMs: WITNESS_SESSION_MS });
  try {
    await layOut(witness, root);
    const inside = await connect(target.connectString + root, { sessionTimeoutMs: WITNESS_SESSION_MS });
    try {
      const sightings = new Sightings(ledger);
      for (let index = 0; index < PLAYERS; index++) {
        const about = { connect, random, ledger, sightings, index, sessionTimeoutMs: SESSION_TIMEOUT_MS };
        players.push(await Player.enter({ ...about, server: target.connectString, chroot: root }));
      }
      const hands = dealFaults(random, PLAYERS, FAULTS_EACH, options.withRestart);
      await Promise.all(players.map((player, index) => playHand(player, players, hands[index]!, target)));
      await audit(inside, players, ledger, sightings);
      return { ledger, players, faults: hands.flat().map(({ name }) => name) };
    } finally {
      await inside.close();
    }
  } finally {
    await Promise.all(players.map((player) => player.leave()));
    await witness.close();
  }
}

/** Makes everything that the clients find. */
async function layOut(zk: ZooKeeper, root: string): Promise<void> {
  await zk.create(root);
  for (let register = 0; register < REGISTERS; register++) await zk.create(`${root}/r${register}`, "");
  for (let index = 0; index < PLAYERS; index++) {
    const home = `${root}/p${index}`;
    const transaction = zk.transaction().create(home);
    for (let target = 0; target < TARGETS; target++) {
      transaction.create(`${home}/s${target}`, UNTOUCHED).create(`${home}/d${target}`, UNTOUCHED);
    }
    await transaction.commit();
  }
}

/** One client, and what is done to it. */
async function playHand(
  player: Player,
  all: readonly Player[],
  hand: readonly FaultCard[],
  target: FaultTarget,
): Promise<void> {
  const scene = { player, target, sessionTimeoutMs: SESSION_TIMEOUT_MS };
  for (const card of hand) {
    const played = pause(player.random.float() * 40).then(() => card.play(scene));
    await Promise.all([played, makeCalls(player, all)]);
  }
}

/** Bursts of calls that do not wait for each other, and now and then for those before them. */
async function makeCalls(player: Player, all: readonly Player[]): Promise<void> {
  for (let left = CALLS_PER_FAULT; left > 0; ) {
    const burst = Math.min(left, 1 + randomInt(player.random, 12));
    for (let made = 0; made < burst; made++) moveByChance(player, all);
    left -= burst;
    await pause(player.random.float() * 20);
  }
}

/** What everybody was told, against the tree. */
async function audit(
  witness: ZooKeeper,
  players: readonly Player[],
  ledger: Ledger,
  sightings: Sightings,
): Promise<void> {
  await settled(ledger);
  await Promise.all(players.map(comeBack));
  const bySession = (call: Call): bigint => players[Number(/\d+/.exec(call.what)![0])]!.zk.sessionId;
  // A server may still be busy with a request that its client lost, or with a session that is over: what lasts counts.
  await lasting(ledger, async () => {
    const tree = await TreeSnapshot.read(witness);
    await Promise.all(players.map(comeBack));
    return [
      ...auditTree(tree, { calls: ledger.calls, sightings, sessionOf: bySession }),
      ...missedByWatches(tree, players),
      ...toldForNothing(tree, players),
      ...players
        .filter(({ proxy }) => proxy.connections > 1)
        .map(({ name, proxy }) => `${name} holds ${proxy.connections} connections`),
    ];
  });
  throwIf(ledger);
  await auditRest(witness, players, ledger);
  throwIf(ledger);
}

/** That the watches which are left still watch, and that closing ends everything. */
async function auditRest(witness: ZooKeeper, players: readonly Player[], ledger: Ledger): Promise<void> {
  const touched = await touchHalf(witness, players);
  await Promise.all(players.map(comeBack));
  await lasting(ledger, async () => {
    const tree = await TreeSnapshot.read(witness);
    const silent = touched.filter(({ events }) => events.length === 0);
    return [
      ...silent.map(({ of, path }) => `a watch on ${of} ${path} was not told that it was touched`),
      ...missedByWatches(tree, players),
    ];
  });
  await Promise.all(players.map(({ zk }) => zk.close()));
  for (const { name, watches } of players) {
    for (const { of, path, seen, events } of watches.all) {
      const wanted = seen === undefined ? 0 : 1;
      if (events.length === wanted) continue;
      ledger.violation(`${name}: the watch on ${of} ${path} (${seen}) was told ${events.length} times in all`);
    }
  }
  await lasting(ledger, async () => {
    const { ephemerals } = await TreeSnapshot.read(witness);
    return ephemerals.map(({ path }) => `${path} outlives its client`);
  });
}

async function settled(ledger: Ledger): Promise<void> {
  await eventually(() => ledger.open.length === 0).catch(() => {
    for (const { what } of ledger.open) ledger.violation(`${what} does not settle`);
    throwIf(ledger);
  });
}

/** Has a client come back to a server that answers it, whatever faults have left behind. */
async function comeBack({ zk, name }: Player): Promise<void> {
  await eventually(
    async () => {
      await zk.sync("/", { signal: AbortSignal.timeout(WAIT_LIMIT_MS) });
      return true;
    },
    { what: `an answer for ${name}` },
  );
}

/** Looks again until nothing is found, or the time is over: then what is found is true. */
async function lasting(ledger: Ledger, look: () => Promise<readonly string[]>): Promise<void> {
  let found: readonly string[] = [];
  const nothing = async (): Promise<boolean> => {
    found = await look();
    return found.length === 0;
  };
  await eventually(nothing, { timeoutMs: ledger.lastsMs, intervalMs: 100 }).catch((error: unknown) => {
    if (found.length === 0) throw error;
    for (const each of found) ledger.violation(each);
  });
}

function throwIf({ violations }: Ledger): void {
  if (violations.length > 0) throw new BrokenPromisesError(violations);
}
