/*
 * Candidates on a model of an ensemble, under chance: connections break with requests and replies under way, sessions
 * expire, also while a process stands still, holders give back, people give up, outsiders delete and write. After every step at most one grant stands, and tokens only
 * grow; at the end somebody leads, and no znode is left that nobody stands with.
 */
import { type Random, randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { expect, it } from "vitest";
import { waiterOrder } from "./waiter-order.js";
import { newWaiterState, transition } from "./waiter-state.js";
import { type WaiterEffect, type WaiterEvent, type WaiterRules, type WaiterState } from "./waiter-step.js";

type Request = Exclude<WaiterEffect, { readonly type: "grant" | "revoke" | "requestRevocation" | "fail" }>;

interface Znode {
  readonly czxid: bigint;
  readonly owner: number;
  readonly isTouched: boolean;
}

/** The ensemble: one tree, which applies one request after the other. */
class Model {
  readonly nodes = new Map<string, Znode>();
  #zxid = 0n;
  #sequence: number;
  onDelete: (name: string) => void = () => {};
  onTouch: (name: string) => void = () => {};
  /** Those whose ends are nobody's doing who stands in line: who holds them may hear of it late. */
  readonly deletedFromOutside = new Set<bigint>();

  constructor(random: Random) {
    // The counter stops on the way.
    this.#sequence = 2 ** 31 - randomInt(random, 10);
  }

  create(marker: string, owner: number): { name: string; czxid: bigint } {
    const n = Math.min(this.#sequence++, 2 ** 31 - 1);
    const name = `${marker}latch-${String(n).padStart(10, "0")}`;
    const czxid = ++this.#zxid;
    this.nodes.set(name, { czxid, owner, isTouched: false });
    return { name, czxid };
  }

  touch(name: string): void {
    this.nodes.set(name, { ...this.nodes.get(name)!, isTouched: true });
    this.onTouch(name);
  }

  deleteFromOutside(name: string): void {
    this.deletedFromOutside.add(this.nodes.get(name)!.czxid);
    this.delete(name);
  }

  delete(name: string): void {
    if (this.nodes.delete(name)) this.onDelete(name);
  }

  endSession(owner: number): void {
    for (const [name, node] of this.nodes) if (node.owner === owner) this.delete(name);
  }
}

type Choices = Pick<WaiterRules, "onSuspended" | "isRevocable" | "mustRelist">;

class Candidate {
  readonly watches = new Set<string>();
  /** Requests that the server has not seen. */
  requests: Request[] = [];
  /** What the server said and we have not heard: replies and watch events, in order. */
  replies: WaiterEvent[] = [];
  session: number;
  isConnected = true;
  isGranted = false;
  /** Its process stands still; then, past its session: what it hears when it wakes is old. */
  pause: "none" | "paused" | "past" = "none";
  readonly onSuspended: "revoke" | "keep";
  readonly #model: Model;
  readonly #rules: WaiterRules;
  readonly #onGrant: (token: bigint) => void;
  state: WaiterState;

  constructor(id: number, model: Model, rules: Choices, onGrant: (token: bigint) => void) {
    let attempts = 0;
    this.session = id;
    this.onSuspended = rules.onSuspended;
    this.#model = model;
    const newMarker = (): string => `_c_${id}.${attempts++}-`;
    this.#rules = { newMarker, ahead: waiterOrder("latch-").earlierThan, ...rules };
    this.#onGrant = onGrant;
    this.state = newWaiterState(this.#rules);
  }

  take(event: WaiterEvent): void {
    const { state, effects } = transition(this.state, event, this.#rules);
    this.state = state;
    for (const effect of effects) {
      if (effect.type === "grant") {
        this.isGranted = true;
        this.#onGrant(effect.node.czxid);
      } else if (effect.type === "revoke") this.isGranted = false;
      else if (effect.type !== "fail" && effect.type !== "requestRevocation") this.requests.push(effect);
    }
  }

  /** The server does the next request. */
  serve(): void {
    const request = this.pause === "none" ? this.requests.shift() : undefined;
    if (request === undefined) return;
    const reply = this.#apply(request);
    if (reply !== undefined) this.replies.push(reply);
  }

  /** The next of the server's words reaches us: a watch at once, a reply by way of a promise, and so maybe after it. */
  hear(random: Random): void {
    const [, second] = this.replies;
    const [next] = this.replies.splice(isWord(second) && random.float() < 0.5 ? 1 : 0, 1);
    if (next?.type === "changed") this.take({ ...next, sessionStillValid: this.pause === "none" });
    else if (next !== undefined) this.take(next);
  }

  /** The process stands still. What was answered it has heard before; of what changes meanwhile it hears afterwards. */
  fallAsleep(): void {
    while (this.replies.length > 0) this.take(this.replies.shift()!);
    this.pause = "paused";
  }

  /** It slept for longer than its session lasts. */
  oversleep(): void {
    this.#model.endSession(this.session);
    this.pause = "past";
  }

  /** The connection breaks: some requests were done, their replies are lost, and so are watch events. */
  disconnect(random: Random): void {
    // What had come in before reaches us by its promise, afterwards.
    const arrived = this.replies.splice(0, randomInt(random, 2));
    const lost = this.replies.filter((reply) => !isWord(reply));
    const done = randomInt(random, this.requests.length + 1);
    for (const request of this.requests.splice(0, done)) {
      const reply = this.#apply(request);
      if (reply !== undefined) lost.push(reply);
    }
    const unsent = this.requests;
    this.requests = [];
    this.replies = [];
    this.isConnected = false;
    this.take({ type: "suspended" });
    for (const reply of arrived) this.take(reply);
    for (const { turn } of lost as readonly { readonly turn: number }[]) this.#fail(turn, lost);
    for (const request of unsent) {
      if (request.type === "unwatch") this.watches.delete(request.name);
      else if (request.type === "delete" || request.type === "cleanUp") this.requests.push(request);
      else if (request.type === "create") this.#createFailed(request.turn, request.marker, "unknown");
      else this.take({ type: "failed", turn: request.turn, failure: "again", error: undefined });
    }
  }

  reconnect(): void {
    this.isConnected = true;
    // In no order, least of all that of the changes.
    for (const name of [...this.watches].toReversed()) if (!this.#model.nodes.has(name)) this.notify(name);
    this.take({ type: "connected" });
  }

  expire(next: number): void {
    const gone = this.session;
    const pending = this.requests;
    this.requests = [];
    this.replies = [];
    this.watches.clear();
    this.session = next;
    this.pause = "none";
    this.take({ type: "expired" });
    this.#model.endSession(gone);
    for (const request of pending) {
      if (request.type === "create") this.#createFailed(request.turn, request.marker, "fatal");
      else if ("turn" in request) this.take({ type: "failed", turn: request.turn, failure: "fatal", error: undefined });
    }
    if (!this.isConnected) this.reconnect();
  }

  notify(name: string): void {
    if (this.watches.delete(name)) this.replies.push({ type: "changed", name, sessionStillValid: true });
  }

  notifyOfTouch(name: string): void {
    if (this.watches.delete(name)) this.replies.push({ type: "dataChanged", name });
  }

  #createFailed(turn: number, marker: string, failure: "unknown" | "fatal"): void {
    this.take({ type: "createFailed", turn, marker, failure, error: undefined });
  }

  /** What the read of our own znode finds is told as its watch would tell it. */
  #watchOwn(name: string): void {
    const node = this.#model.nodes.get(name);
    if (node !== undefined) this.watches.add(name);
    if (node === undefined || (node.isTouched && !this.#rules.isRevocable)) {
      this.replies.push({ type: "changed", name, sessionStillValid: false });
    } else if (node.isTouched) this.replies.push({ type: "dataChanged", name });
  }

  #fail(turn: number, lost: readonly WaiterEvent[]): void {
    const reply = lost.find((each) => "turn" in each && each.turn === turn);
    if (reply?.type !== "created") return this.take({ type: "failed", turn, failure: "again", error: undefined });
    this.#createFailed(turn, reply.node.name.slice(0, reply.node.name.indexOf("latch-")), "unknown");
  }

  #apply(request: Request): WaiterEvent | undefined {
    const { nodes } = this.#model;
    const children = [...nodes.keys()];
    switch (request.type) {
      case "create":
        return { type: "created", turn: request.turn, node: this.#model.create(request.marker, this.session) };
      case "prepare":
        return { type: "prepared", turn: request.turn };
      case "search":
        return { type: "searched", turn: request.turn, children };
      case "list":
        return { type: "listed", turn: request.turn, children, nominee: undefined };
      case "examine": {
        const node = nodes.get(request.name);
        if (node === undefined) return { type: "missing", turn: request.turn };
        if (request.watch) this.watches.add(request.name);
        const isOurs = node.owner === this.session && (this.#rules.isRevocable || !node.isTouched);
        return {
          ...{ type: "examined", turn: request.turn, isOurs },
          ...{ czxid: node.czxid, isRevocationRequested: node.isTouched },
        };
      }
      case "watch":
        if (request.own !== undefined) this.#watchOwn(request.own);
        if (!nodes.has(request.name)) return { type: "missing", turn: request.turn };
        this.watches.add(request.name);
        return { type: "watched", turn: request.turn };
      case "delete":
        this.#model.delete(request.name);
        return undefined;
      case "unwatch":
        this.watches.delete(request.name);
        return undefined;
      case "cleanUp":
        for (const name of children) if (name.startsWith(request.marker)) this.#model.delete(name);
        return undefined;
    }
  }
}

function simulate(random: Random): void {
  const model = new Model(random);
  const tokens: bigint[] = [];
  const onGrant = (token: bigint): void => {
    // The word that it is first may be overtaken by an outsider who deletes its znode; the word of that follows behind.
    if ([...model.nodes.values()].some(({ czxid }) => czxid === token)) tokens.push(token);
    else expect(model.deletedFromOutside).toContain(token);
  };
  const choices = { isRevocable: random.float() < 0.5, mustRelist: random.float() < 0.2 };
  const candidates = Array.from(
    { length: 2 + randomInt(random, 4) },
    (_, id) => new Candidate(id, model, { ...choices, onSuspended: random.float() < 0.5 ? "revoke" : "keep" }, onGrant),
  );
  let sessions = candidates.length;
  model.onDelete = (name) => {
    for (const each of candidates) if (each.isConnected && each.pause !== "past") each.notify(name);
  };
  model.onTouch = (name) => {
    for (const each of candidates) if (each.isConnected && each.pause !== "past") each.notifyOfTouch(name);
  };
  const check = (): void => {
    for (const each of candidates) {
      if (!each.isConnected && each.onSuspended === "revoke") expect(each.isGranted).toBe(false);
    }
    const holders = candidates.filter(({ isGranted }) => isGranted);
    // The only grant beside one that stands is one whose holder has still to hear that an outsider deleted its znode.
    const standing = holders.filter(({ state }) => "node" in state && model.nodes.has(state.node.name));
    expect(standing.length).toBeLessThan(2);
    for (let i = 1; i < tokens.length; i++) expect(tokens[i]! > tokens[i - 1]!).toBe(true);
  };
  const disturb = (each: Candidate): void => {
    const chance = random.float();
    if (chance < 0.3) {
      if (each.isConnected) each.disconnect(random);
    } else if (chance < 0.35) {
      if (each.isConnected) each.fallAsleep();
    } else if (chance < 0.4) each.expire(sessions++);
    else if (chance < 0.7) each.take({ type: "release" });
    else if (chance < 0.75) each.take({ type: "abort" });
    else if (chance < 0.8) {
      const names = [...model.nodes.keys()];
      if (names.length > 0) model.deleteFromOutside(names[randomInt(random, names.length)]!);
    } else if (chance < 0.85) {
      const names = [...model.nodes.keys()];
      if (names.length > 0) model.touch(names[randomInt(random, names.length)]!);
    } else each.take({ type: "start" });
  };
  for (let step = 0; step < 400; step++) {
    const each = candidates[randomInt(random, candidates.length)]!;
    if (each.pause === "paused") {
      if (random.float() < 0.1) each.oversleep();
    } else if (each.pause === "past") {
      if (each.replies.length > 0) each.hear(random);
      else each.expire(sessions++);
    } else if (random.float() < 0.15) disturb(each);
    else if (!each.isConnected) {
      if (random.float() < 0.3) each.reconnect();
    } else if (random.float() < 0.5) each.serve();
    else each.hear(random);
    check();
  }
  for (const each of candidates) if (each.pause !== "none") each.expire(sessions++);
  settle(candidates, random, check);
  const standing = candidates.filter(({ state }) => state.phase !== "ended");
  expect(standing.filter(({ isGranted }) => isGranted)).toHaveLength(Math.min(1, standing.length));
  const own = standing.map(({ state }) => ("node" in state ? state.node.name : undefined));
  for (const name of model.nodes.keys()) expect(own).toContain(name);
  for (const { state, isGranted } of standing) {
    // One whose znode an outsider deleted hears of it when its predecessor goes, which it watches.
    if (!isGranted) expect(state.phase === "waiting" && model.nodes.has(state.watched)).toBe(true);
  }
}

/** No more faults: everybody starts, and everything under way arrives. */
function settle(candidates: readonly Candidate[], random: Random, check: () => void): void {
  for (const each of candidates) {
    if (!each.isConnected) each.reconnect();
    each.take({ type: "start" });
  }
  for (let rounds = 0; candidates.some(({ requests, replies }) => requests.length + replies.length > 0); rounds++) {
    expect(rounds).toBeLessThan(1_000);
    for (const each of candidates) {
      each.serve();
      each.hear(random);
      check();
    }
  }
}

it("a queue of waiters has at most one valid grant, loses no wake-up and leaves no znode under random faults", async () => {
  await forEachSeed(simulate, { count: 500 });
});

function isWord(reply: WaiterEvent | undefined): boolean {
  return reply?.type === "changed" || reply?.type === "dataChanged";
}
