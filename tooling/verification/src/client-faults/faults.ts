import { type Random, randomInt } from "@conclave/runtime";
import type { TestServer } from "@conclave/testing";
import { atMost, between } from "../random-run/timing.ts";
import type { Actor } from "./actor.ts";
import { takeOverSession } from "./take-over-session.ts";
import type { CorruptionKind } from "./wire-tap.ts";

/** Parameters of a fault. */
export interface FaultContext {
  readonly actor: Actor;
  readonly target: TestServer;
  readonly sessionTimeoutMs: number;
}

type Inject = (context: FaultContext) => Promise<void>;

/** Faults on one client, by name. Each fault ends by itself. */
const QUICK_FAULTS = {
  "cut by a reset": async ({ actor }) => actor.proxy.cut("reset"),
  "cut by an end": async ({ actor }) => actor.proxy.cut("end"),
  "refused for a while": async ({ actor }) => {
    actor.proxy.refuse();
    actor.proxy.cut();
    await between(actor.random, 20, 150);
    actor.proxy.accept();
  },
  "silent both ways": (context) => silence(context, undefined),
  "silent: requests do not arrive": (context) => silence(context, "requests"),
  "silent: replies do not arrive": (context) => silence(context, "replies"),
  late: async ({ actor }) => {
    actor.proxy.delay(5 + randomInt(actor.random, 40));
    await between(actor.random, 50, 150);
    actor.proxy.delay(0);
  },
  "byte by byte": async ({ actor }) => {
    actor.proxy.dribble(1 + randomInt(actor.random, 3));
    await between(actor.random, 30, 80);
    actor.proxy.dribble(0);
  },
  "a request lost": ({ actor }) => atMost(200, actor.proxy.loseRequest()),
  "a reply lost": ({ actor }) => atMost(200, actor.proxy.loseReply()),
  "the reply to a transaction lost": ({ actor }) => atMost(200, actor.proxy.loseReply("multi")),
  "the reply to a create lost": ({ actor }) => atMost(200, actor.proxy.loseReply("create")),
  "the wrong xid": (context) => corruptNext(context, "wrong xid", 1),
  "a reply sent twice": (context) => corruptNext(context, "sent twice", 1),
  "a length below zero": (context) => corruptNext(context, "negative length", 1),
  "a length beyond all bounds": (context) => corruptNext(context, "too long", 1),
  "a reply cut short": (context) => corruptNext(context, "cut short", 1),
  "garbage after a reconnect": (context) => {
    const corrupted = corruptNext(
      context,
      randomInt(context.actor.random, 2) === 0 ? "negative length" : "cut short",
      1,
    );
    context.actor.proxy.cut();
    return corrupted;
  },
  "garbage for a handshake": (context) => {
    const corrupted = corruptNext(context, "too long", 0);
    context.actor.proxy.cut();
    return corrupted;
  },
  "garbage after a handshake": async (context) => {
    const { proxy, random } = context.actor;
    proxy.refuse();
    proxy.cut();
    await between(random, 20, 60);
    const corrupted = corruptNext(context, "garbage appended", 0);
    proxy.accept();
    await corrupted;
  },
  "cut in the middle of frames": async ({ actor }) => {
    actor.proxy.dribble(1);
    await between(actor.random, 2, 12);
    actor.proxy.cut("end");
    actor.proxy.dribble(0);
  },
  "the session moved": ({ actor, target }) => takeOver(actor, target, 5 + randomInt(actor.random, 80), false),
} satisfies { readonly [name: string]: Inject };

/** Faults that end a session, or take as long as its timeout. */
const SLOW_FAULTS = {
  "expired while partitioned": async ({ actor, sessionTimeoutMs }) => {
    const before = actor.states.events.length;
    actor.proxy.freeze();
    await atMost(
      3 * sessionTimeoutMs,
      actor.states.first((state) => state === "expired" && actor.states.events.lastIndexOf(state) >= before),
    );
    await between(actor.random, 0, 30);
    actor.proxy.thaw();
  },
  "a frame that does not end": (context) => corruptNext(context, "endless", 1),
  "the session ended by another process": ({ actor, target }) => takeOver(actor, target, 5, true),
} satisfies { readonly [name: string]: Inject };

const RESTART = "the server restarted";

/** Name of a fault. */
export type FaultName = keyof typeof QUICK_FAULTS | keyof typeof SLOW_FAULTS | typeof RESTART;

/** One fault, injected once. */
export interface Fault {
  readonly name: FaultName;
  readonly inject: Inject;
}

/**
 * Returns the faults of one round, `each` for each of `actors`. Slow faults occur once. Quick faults occur at least once if the
 * number allows it; the rest are random quick faults. Includes a restart if `withRestart` is true.
 */
export function drawFaults(random: Random, actors: number, each: number, withRestart: boolean): Fault[][] {
  const quick = faultsOf(QUICK_FAULTS);
  const drawn = [...faultsOf(SLOW_FAULTS), ...quick];
  if (withRestart) drawn.push({ name: RESTART, inject: ({ target }) => target.restart() });
  while (drawn.length < actors * each) drawn.push(quick[randomInt(random, quick.length)]!);
  for (let at = drawn.length - 1; at > 0; at--) {
    const other = randomInt(random, at + 1);
    [drawn[at], drawn[other]] = [drawn[other]!, drawn[at]!];
  }
  return Array.from({ length: actors }, (_, actor) => drawn.filter((_card, at) => at % actors === actor));
}

function faultsOf(faults: { readonly [name: string]: Inject }): Fault[] {
  return Object.entries(faults).map(([name, inject]) => ({ name: name as FaultName, inject }));
}

/** Freezes the connection: in three of four cases too short for the client to notice, else long enough that it reconnects. */
async function silence({ actor, sessionTimeoutMs }: FaultContext, direction: "requests" | "replies" | undefined) {
  actor.proxy.freeze(direction);
  const isLong = randomInt(actor.random, 4) === 0;
  await (isLong
    ? between(actor.random, 0.7 * sessionTimeoutMs, 1.1 * sessionTimeoutMs)
    : between(actor.random, 20, 150));
  actor.proxy.thaw(direction);
}

async function corruptNext({ actor }: FaultContext, kind: CorruptionKind, fromIndex: 0 | 1): Promise<void> {
  await atMost(200, new Promise<void>((resolve) => actor.tap.corruptNext(kind, fromIndex, resolve)));
  actor.tap.cancel();
}

async function takeOver({ tap }: Actor, target: TestServer, holdMs: number, ends: boolean): Promise<void> {
  if (tap.session !== undefined) await takeOverSession(target.connectString, tap.session, { holdMs, ends });
}
