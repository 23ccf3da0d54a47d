import { type Random, randomInt, systemClock } from "@conclave/runtime";
import type { FaultTarget } from "@conclave/testing";
import type { Player } from "./player.ts";
import { stealSession } from "./session-thief.ts";
import type { Spoiling } from "./wire-tap.ts";

/** Where a fault is played. */
export interface FaultScene {
  readonly player: Player;
  readonly target: FaultTarget;
  readonly sessionTimeoutMs: number;
}

type Play = (scene: FaultScene) => Promise<void>;

/** Faults on one client, by name. Each fault ends by itself. */
const CARDS = {
  "cut by a reset": async ({ player }) => player.proxy.cut("reset"),
  "cut by an end": async ({ player }) => player.proxy.cut("end"),
  "refused for a while": async ({ player }) => {
    player.proxy.refuse();
    player.proxy.cut();
    await between(player.random, 20, 150);
    player.proxy.accept();
  },
  "silent both ways": (scene) => silence(scene, undefined),
  "deaf: requests do not arrive": (scene) => silence(scene, "requests"),
  "mute: replies do not arrive": (scene) => silence(scene, "replies"),
  late: async ({ player }) => {
    player.proxy.delay(5 + randomInt(player.random, 40));
    await between(player.random, 50, 150);
    player.proxy.delay(0);
  },
  "byte by byte": async ({ player }) => {
    player.proxy.dribble(1 + randomInt(player.random, 3));
    await between(player.random, 30, 80);
    player.proxy.dribble(0);
  },
  "a request lost": ({ player }) => atMost(200, player.proxy.loseRequest()),
  "a reply lost": ({ player }) => atMost(200, player.proxy.loseReply()),
  "the reply to a transaction lost": ({ player }) => atMost(200, player.proxy.loseReply("multi")),
  "the reply to a create lost": ({ player }) => atMost(200, player.proxy.loseReply("create")),
  "the wrong xid": (scene) => spoil(scene, "wrong xid", 1),
  "a reply told twice": (scene) => spoil(scene, "told twice", 1),
  "a length below zero": (scene) => spoil(scene, "negative length", 1),
  "a length beyond all bounds": (scene) => spoil(scene, "too long", 1),
  "a reply cut short": (scene) => spoil(scene, "cut short", 1),
  "garbage after a reconnect": (scene) => {
    const spoilt = spoil(scene, randomInt(scene.player.random, 2) === 0 ? "negative length" : "cut short", 1);
    scene.player.proxy.cut();
    return spoilt;
  },
  "garbage for a handshake": (scene) => {
    const spoilt = spoil(scene, "too long", 0);
    scene.player.proxy.cut();
    return spoilt;
  },
  "garbage on the heels of a handshake": async (scene) => {
    const { proxy, random } = scene.player;
    proxy.refuse();
    proxy.cut();
    await between(random, 20, 60);
    const spoilt = spoil(scene, "garbage behind", 0);
    proxy.accept();
    await spoilt;
  },
  "cut in the middle of frames": async ({ player }) => {
    player.proxy.dribble(1);
    await between(player.random, 2, 12);
    player.proxy.cut("end");
    player.proxy.dribble(0);
  },
  "the session moved": ({ player, target }) => steal(player, target, 5 + randomInt(player.random, 80), false),
} satisfies { readonly [name: string]: Play };

/** What costs a session its life, or takes about as long. */
const SLOW_CARDS = {
  "expired while partitioned": async ({ player, sessionTimeoutMs }) => {
    const before = player.states.events.length;
    player.proxy.freeze();
    await atMost(
      3 * sessionTimeoutMs,
      player.states.first((state) => state === "expired" && player.states.events.lastIndexOf(state) >= before),
    );
    await between(player.random, 0, 30);
    player.proxy.thaw();
  },
  "a frame that does not end": (scene) => spoil(scene, "endless", 1),
  "the session ended by somebody else": ({ player, target }) => steal(player, target, 5, true),
} satisfies { readonly [name: string]: Play };

const RESTART = "the server restarted";

/** Every fault that there is. */
export type FaultName = keyof typeof CARDS | keyof typeof SLOW_CARDS | typeof RESTART;

/** One fault, to be played once. */
export interface FaultCard {
  readonly name: FaultName;
  readonly play: Play;
}

/**
 * The faults of one round, for each of `players` as many: every fault at least once where there is room (63 cards and
 * more have it), the slow ones once, and the others by chance; a restart if it is wanted.
 */
export function dealFaults(random: Random, players: number, each: number, withRestart: boolean): FaultCard[][] {
  const quick = cardsOf(CARDS);
  const deck = [...cardsOf(SLOW_CARDS), ...quick];
  if (withRestart) deck.push({ name: RESTART, play: ({ target }) => target.restart() });
  while (deck.length < players * each) deck.push(quick[randomInt(random, quick.length)]!);
  for (let at = deck.length - 1; at > 0; at--) {
    const other = randomInt(random, at + 1);
    [deck[at], deck[other]] = [deck[other]!, deck[at]!];
  }
  return Array.from({ length: players }, (_, player) => deck.filter((_card, at) => at % players === player));
}

function cardsOf(cards: { readonly [name: string]: Play }): FaultCard[] {
  return Object.entries(cards).map(([name, play]) => ({ name: name as FaultName, play }));
}

/** Mostly short: a silence that the client does not notice. Sometimes long enough that it does, and goes elsewhere. */
async function silence({ player, sessionTimeoutMs }: FaultScene, direction: "requests" | "replies" | undefined) {
  player.proxy.freeze(direction);
  const isLong = randomInt(player.random, 4) === 0;
  await (isLong
    ? between(player.random, 0.7 * sessionTimeoutMs, 1.1 * sessionTimeoutMs)
    : between(player.random, 20, 150));
  player.proxy.thaw(direction);
}

async function spoil({ player }: FaultScene, how: Spoiling, fromIndex: 0 | 1): Promise<void> {
  await atMost(200, new Promise<void>((resolve) => player.tap.spoil(how, fromIndex, resolve)));
  player.tap.spare();
}

async function steal({ tap }: Player, target: FaultTarget, holdMs: number, ends: boolean): Promise<void> {
  if (tap.session !== undefined) await stealSession(target.connectString, tap.session, { holdMs, ends });
}

function between(random: Random, fromMs: number, toMs: number): Promise<void> {
  return pause(fromMs + random.float() * (toMs - fromMs));
}

/** Resolves when `happened` settles, or after this time. */
async function atMost(ms: number, happened: Promise<unknown>): Promise<void> {
  const quiet = happened.catch(() => {});
  await Promise.race([quiet, pause(ms)]);
}

/** Resolves after this time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.setTimer(ms, resolve));
}
