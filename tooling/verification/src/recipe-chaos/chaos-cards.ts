import { type Random, randomInt } from "@conclave/runtime";
import type { FaultProxy } from "@conclave/testing";
import { pause } from "../client-faults/fault-cards.ts";

/** Fault on the connections of one contender. Each fault ends by itself. */
type ChaosCard = (proxy: FaultProxy, random: Random, sessionTimeoutMs: number) => Promise<void>;

const QUICK: Readonly<Record<string, ChaosCard>> = {
  "cut by a reset": async (proxy) => proxy.cut("reset"),
  "cut by an end": async (proxy) => proxy.cut("end"),
  "refused for a while": async (proxy, random) => {
    proxy.refuse();
    proxy.cut();
    await between(random, 20, 300);
    proxy.accept();
  },
  silent: async (proxy, random) => {
    proxy.freeze();
    await between(random, 50, 400);
    proxy.thaw();
  },
  "deaf: requests do not arrive": async (proxy, random) => {
    proxy.freeze("requests");
    await between(random, 50, 300);
    proxy.thaw("requests");
  },
  late: async (proxy, random) => {
    proxy.delay(5 + randomInt(random, 60));
    await between(random, 50, 300);
    proxy.delay(0);
  },
  "the reply to a sequential create lost": (proxy) => atMost(200, proxy.loseReply("create2")),
  "a sequential create lost": (proxy) => atMost(200, proxy.loseRequest("create2")),
  "the reply to a delete lost": (proxy) => atMost(200, proxy.loseReply("delete")),
  "a delete lost": (proxy) => atMost(200, proxy.loseRequest("delete")),
  "the reply to a transaction lost": (proxy) => atMost(200, proxy.loseReply("multi")),
  "any reply lost": (proxy) => atMost(200, proxy.loseReply()),
};

const SLOW: Readonly<Record<string, ChaosCard>> = {
  "partitioned until the session expires": async (proxy, random, sessionTimeoutMs) => {
    proxy.freeze();
    await between(random, 1.2 * sessionTimeoutMs, 1.5 * sessionTimeoutMs);
    // Sometimes what was held still arrives.
    if (randomInt(random, 2) === 0) proxy.cut();
    proxy.thaw();
  },
  "cut off until the session expires": async (proxy, random, sessionTimeoutMs) => {
    proxy.refuse();
    proxy.cut();
    await between(random, 1.2 * sessionTimeoutMs, 1.5 * sessionTimeoutMs);
    proxy.accept();
  },
};

const QUICK_EACH = 3;

/** A fault, and its name. */
export interface DealtCard {
  readonly name: string;
  readonly play: ChaosCard;
}

/** The faults of one round, for each of so many contenders: some quick ones, and for one of them one that costs its session. */
export function dealChaos(random: Random, contenders: number): DealtCard[][] {
  const unlucky = randomInt(random, contenders);
  return Array.from({ length: contenders }, (_, index) => {
    const hand = Array.from({ length: QUICK_EACH }, () => draw(random, QUICK));
    if (index === unlucky) hand.splice(randomInt(random, hand.length + 1), 0, draw(random, SLOW));
    return hand;
  });
}

function draw(random: Random, cards: Readonly<Record<string, ChaosCard>>): DealtCard {
  const names = Object.keys(cards);
  const name = names[randomInt(random, names.length)]!;
  return { name, play: cards[name]! };
}

function between(random: Random, fromMs: number, toMs: number): Promise<void> {
  return pause(fromMs + random.float() * (toMs - fromMs));
}

/** Resolves when it has happened, or after this time: then it may happen still. */
async function atMost(ms: number, happened: Promise<void>): Promise<void> {
  await Promise.race([happened.catch(() => {}), pause(ms)]);
}
