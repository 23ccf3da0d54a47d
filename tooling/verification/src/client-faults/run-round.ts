import type { ZooKeeper } from "@conclave/client";
import { pause, type Random, randomInt, systemClock } from "@conclave/runtime";
import { eventually, type TestServer, WAIT_LIMIT_MS } from "@conclave/testing";
import { STEADY_SESSION_MS } from "../random-run/timing.ts";
import { ViolationsError } from "../random-run/violations-error.ts";
import { Actor, type Connect, TARGETS } from "./actor.ts";
import { type Call, CallLog, UNTOUCHED } from "./call-log.ts";
import { drawFaults, type Fault } from "./faults.ts";
import { Observations } from "./observations.ts";
import { callRandomOperation, REGISTERS } from "./operations.ts";
import { auditTree } from "./tree-audit.ts";
import { TreeSnapshot } from "./tree-snapshot.ts";
import { changeHalf, eventsWithoutChange, missedEvents } from "./watch-audit.ts";

/** Options of a round. */
export interface RoundOptions {
  readonly connect: Connect;
  readonly target: TestServer;
  /** Path that does not exist yet. */
  readonly root: string;
  readonly random: Random;
  readonly withRestart: boolean;
  /** @default WAIT_LIMIT_MS */
  readonly lastsMs?: number | undefined;
}

/** Result of a round. */
export interface RoundOutcome {
  readonly log: CallLog;
  readonly actors: readonly Actor[];
  readonly faults: readonly string[];
}

const ACTORS = 6;
const FAULTS_EACH = 8;
const CALLS_PER_FAULT = 45;
/** Session timeout in ms: short, because faults wait for its end, but long enough for a process on a busy machine. */
const SESSION_TIMEOUT_MS = 3_000;

/** Runs one round. Rejects with a {@link ViolationsError} that lists everything it found. */
export async function runRound(options: RoundOptions): Promise<RoundOutcome> {
  const { connect, target, root, random, lastsMs = WAIT_LIMIT_MS } = options;
  const log = new CallLog(lastsMs);
  const actors: Actor[] = [];
  const witness = await connect(target.connectString, { sessionTimeoutMs: STEADY_SESSION_MS });
  try {
    await createFixture(witness, root);
    const inside = await connect(target.connectString + root, { sessionTimeoutMs: STEADY_SESSION_MS });
    try {
      const observations = new Observations(log);
      for (let index = 0; index < ACTORS; index++) {
        const shared = { connect, random, log, observations, index, sessionTimeoutMs: SESSION_TIMEOUT_MS };
        actors.push(await Actor.connect({ ...shared, server: target.connectString, chroot: root }));
      }
      const faults = drawFaults(random, ACTORS, FAULTS_EACH, options.withRestart);
      await Promise.all(actors.map((actor, index) => runActor(actor, actors, faults[index]!, target)));
      await audit(inside, actors, log, observations);
      return { log, actors, faults: faults.flat().map(({ name }) => name) };
    } finally {
      await inside.close();
    }
  } finally {
    await Promise.all(actors.map((actor) => actor.close()));
    await witness.close();
  }
}

/** Creates the znodes that clients change. */
async function createFixture(zk: ZooKeeper, root: string): Promise<void> {
  await zk.create(root);
  for (let register = 0; register < REGISTERS; register++) await zk.create(`${root}/r${register}`, "");
  for (let index = 0; index < ACTORS; index++) {
    const home = `${root}/p${index}`;
    const transaction = zk.transaction().create(home);
    for (let target = 0; target < TARGETS; target++) {
      transaction.create(`${home}/s${target}`, UNTOUCHED).create(`${home}/d${target}`, UNTOUCHED);
    }
    await transaction.commit();
  }
}

/** Makes the calls of one client while its faults are injected. */
async function runActor(
  actor: Actor,
  all: readonly Actor[],
  faults: readonly Fault[],
  target: TestServer,
): Promise<void> {
  const context = { actor, target, sessionTimeoutMs: SESSION_TIMEOUT_MS };
  for (const fault of faults) {
    const injected = pause(systemClock, actor.random.float() * 40).then(() => fault.inject(context));
    await Promise.all([injected, makeCalls(actor, all)]);
  }
}

/** Makes calls in concurrent bursts, with short pauses between them. */
async function makeCalls(actor: Actor, all: readonly Actor[]): Promise<void> {
  for (let remaining = CALLS_PER_FAULT; remaining > 0; ) {
    const burst = Math.min(remaining, 1 + randomInt(actor.random, 12));
    for (let made = 0; made < burst; made++) callRandomOperation(actor, all);
    remaining -= burst;
    await pause(systemClock, actor.random.float() * 20);
  }
}

/** Compares the results that clients got with the tree. */
async function audit(
  witness: ZooKeeper,
  actors: readonly Actor[],
  log: CallLog,
  observations: Observations,
): Promise<void> {
  await settled(log);
  await Promise.all(actors.map(reconnected));
  const bySession = (call: Call): bigint => actors[Number(/\d+/.exec(call.title)![0])]!.zk.sessionId;
  // Checked again and again: a server may still process a request that its client lost, or end a session.
  await recheck(log, async () => {
    const tree = await TreeSnapshot.read(witness);
    await Promise.all(actors.map(reconnected));
    return [
      ...auditTree(tree, { calls: log.calls, observations, sessionOf: bySession }),
      ...missedEvents(tree, actors),
      ...eventsWithoutChange(tree, actors),
      ...actors
        .filter(({ proxy }) => proxy.connections > 1)
        .map(({ name, proxy }) => `${name} holds ${proxy.connections} connections`),
    ];
  });
  throwIf(log);
  await auditRest(witness, actors, log);
  throwIf(log);
}

/** Checks that pending watches still fire, and that closing ends watches and ephemerals. */
async function auditRest(witness: ZooKeeper, actors: readonly Actor[], log: CallLog): Promise<void> {
  const changed = await changeHalf(witness, actors);
  await Promise.all(actors.map(reconnected));
  await recheck(log, async () => {
    const tree = await TreeSnapshot.read(witness);
    const silent = changed.filter(({ events }) => events.length === 0);
    return [
      ...silent.map(({ of, path }) => `a watch on ${of} ${path} did not fire when its znode was changed`),
      ...missedEvents(tree, actors),
    ];
  });
  await Promise.all(actors.map(({ zk }) => zk.close()));
  for (const { name, watches } of actors) {
    for (const { of, path, seen, events } of watches.all) {
      const expected = seen === undefined ? 0 : 1;
      if (events.length === expected) continue;
      log.addViolation(`${name}: the watch on ${of} ${path} (${seen}) fired ${events.length} times`);
    }
  }
  await recheck(log, async () => {
    const { ephemerals } = await TreeSnapshot.read(witness);
    return ephemerals.map(({ path }) => `${path} exists after its client was closed`);
  });
}

async function settled(log: CallLog): Promise<void> {
  await eventually(() => log.open.length === 0).catch(() => {
    for (const { title } of log.open) log.addViolation(`${title} did not settle`);
    throwIf(log);
  });
}

/** Resolves when the client is connected to a server that answers. */
async function reconnected({ zk, name }: Actor): Promise<void> {
  await eventually(
    async () => {
      await zk.sync("/", { signal: AbortSignal.timeout(WAIT_LIMIT_MS) });
      return true;
    },
    { what: `a reply to ${name}` },
  );
}

/** Repeats a check until it finds nothing, or for `lastsMs`; then records the violations. */
async function recheck(log: CallLog, check: () => Promise<readonly string[]>): Promise<void> {
  let found: readonly string[] = [];
  const nothing = async (): Promise<boolean> => {
    found = await check();
    return found.length === 0;
  };
  await eventually(nothing, { timeoutMs: log.lastsMs, intervalMs: 100 }).catch((error: unknown) => {
    if (found.length === 0) throw error;
    for (const each of found) log.addViolation(each);
  });
}

function throwIf({ violations }: CallLog): void {
  if (violations.length > 0) throw new ViolationsError(violations);
}
