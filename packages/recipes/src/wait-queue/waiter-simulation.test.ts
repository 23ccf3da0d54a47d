/*
 * Simulates waiters on a model of an ensemble with random faults: connections break while requests and replies are pending,
 * sessions expire, also during a pause of the process, holders release, waiters abort, and another client deletes and writes
 * znodes. After every step at most one grant is valid, and tokens only increase. At the end one waiter holds the grant, and
 * every znode belongs to a waiter.
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
  readonly isChanged: boolean;
}

/** Model of an ensemble: one tree that applies one request after the other. */
class Model {
  readonly nodes = new Map<string, Znode>();
  #zxid = 0n;
  #sequence: number;
  onDelete: (name: string) => void = () => {};
  onDataChange: (name: string) => void = () => {};
  /** Czxids of znodes that another client deleted: the event of that may reach the holder late. */
  readonly deletedByOther = new Set<bigint>();

  constructor(random: Random) {
    // The sequence counter overflows during the simulation.
    this.#sequence = 2 ** 31 - randomInt(random, 10);
  }

  create(marker: string, owner: number): { name: string; czxid: bigint } {
    const n = Math.min(this.#sequence++, 2 ** 31 - 1);
    const name = `${marker}latch-${String(n).padStart(10, "0")}`;
    const czxid = ++this.#zxid;
    this.nodes.set(name, { czxid, owner, isChanged: false });
    return { name, czxid };
  }

  changeData(name: string): void {
    this.nodes.set(name, { ...this.nodes.get(name)!, isChanged: true });
    this.onDataChange(name);
  }

  deleteByOther(name: string): void {
    this.deletedByOther.add(this.nodes.get(name)!.czxid);
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

class SimulatedWaiter {
  readonly watches = new Set<string>();
  /** Requests that the server has not received yet. */
  requests: Request[] = [];
  /** Replies and watch events that the waiter has not received yet, in the order in which the server sent them. */
  replies: WaiterEvent[] = [];
  session: number;
  isConnected = true;
  isGranted = false;
  /** Pause of the process: `overslept` if it was longer than the session, so that all pending replies are outdated. */
  pause: "none" | "paused" | "overslept" = "none";
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

  /** Lets the server apply the next request. */
  serve(): void {
    const request = this.pause === "none" ? this.requests.shift() : undefined;
    if (request === undefined) return;
    const reply = this.#apply(request);
    if (reply !== undefined) this.replies.push(reply);
  }

  /** Delivers the next reply or watch event. A reply resolves a promise, so the event after it may overtake it. */
  receive(random: Random): void {
    const [, second] = this.replies;
    const [next] = this.replies.splice(isWatchEvent(second) && random.float() < 0.5 ? 1 : 0, 1);
    if (next?.type === "changed") this.take({ ...next, sessionStillValid: this.pause === "none" });
    else if (next !== undefined) this.take(next);
  }

  /** Pauses the process. Replies from before are received first; changes during the pause are received after it. */
  pauseProcess(): void {
    while (this.replies.length > 0) this.take(this.replies.shift()!);
    this.pause = "paused";
  }

  /** Extends the pause until after the end of the session. */
  oversleep(): void {
    this.#model.endSession(this.session);
    this.pause = "overslept";
  }

  /** Breaks the connection: some requests were applied; their replies and watch events are lost. */
  disconnect(random: Random): void {
    // A reply that had arrived resolves its promise after the state change.
    const arrived = this.replies.splice(0, randomInt(random, 2));
    const lost = this.replies.filter((reply) => !isWatchEvent(reply));
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
    for (const { requestId } of lost as readonly { readonly requestId: number }[]) this.#fail(requestId, lost);
    for (const request of unsent) {
      if (request.type === "unwatch") this.watches.delete(request.name);
      else if (request.type === "delete" || request.type === "cleanUp") this.requests.push(request);
      else if (request.type === "create") this.#createFailed(request.requestId, request.marker, "unknown");
      else this.take({ type: "failed", requestId: request.requestId, failure: "again", error: undefined });
    }
  }

  reconnect(): void {
    this.isConnected = true;
    // Events after a reconnection come in any order: here in the opposite one.
    for (const name of [...this.watches].toReversed()) if (!this.#model.nodes.has(name)) this.notify(name);
    this.take({ type: "connected" });
  }

  expire(next: number): void {
    const expired = this.session;
    const pending = this.requests;
    this.requests = [];
    this.replies = [];
    this.watches.clear();
    this.session = next;
    this.pause = "none";
    this.take({ type: "expired" });
    this.#model.endSession(expired);
    for (const request of pending) {
      if (request.type === "create") this.#createFailed(request.requestId, request.marker, "fatal");
      else if ("requestId" in request)
        this.take({ type: "failed", requestId: request.requestId, failure: "fatal", error: undefined });
    }
    if (!this.isConnected) this.reconnect();
  }

  notify(name: string): void {
    if (this.watches.delete(name)) this.replies.push({ type: "changed", name, sessionStillValid: true });
  }

  notifyOfData(name: string): void {
    if (this.watches.delete(name)) this.replies.push({ type: "dataChanged", name });
  }

  #createFailed(requestId: number, marker: string, failure: "unknown" | "fatal"): void {
    this.take({ type: "createFailed", requestId, marker, failure, error: undefined });
  }

  /** Sets a watch on the own znode; reports a deleted or changed znode like an event of the watch. */
  #watchOwn(name: string): void {
    const node = this.#model.nodes.get(name);
    if (node !== undefined) this.watches.add(name);
    if (node === undefined || (node.isChanged && !this.#rules.isRevocable)) {
      this.replies.push({ type: "changed", name, sessionStillValid: false });
    } else if (node.isChanged) this.replies.push({ type: "dataChanged", name });
  }

  #fail(requestId: number, lost: readonly WaiterEvent[]): void {
    const reply = lost.find((each) => "requestId" in each && each.requestId === requestId);
    if (reply?.type !== "created") return this.take({ type: "failed", requestId, failure: "again", error: undefined });
    this.#createFailed(requestId, reply.node.name.slice(0, reply.node.name.indexOf("latch-")), "unknown");
  }

  #apply(request: Request): WaiterEvent | undefined {
    const { nodes } = this.#model;
    const children = [...nodes.keys()];
    switch (request.type) {
      case "create":
        return {
          type: "created",
          requestId: request.requestId,
          node: this.#model.create(request.marker, this.session),
        };
      case "prepare":
        return { type: "prepared", requestId: request.requestId };
      case "search":
        return { type: "searched", requestId: request.requestId, children };
      case "list":
        return { type: "listed", requestId: request.requestId, children, nominee: undefined };
      case "examine": {
        const node = nodes.get(request.name);
        if (node === undefined) return { type: "missing", requestId: request.requestId };
        if (request.watch) this.watches.add(request.name);
        const isOwn = node.owner === this.session && (this.#rules.isRevocable || !node.isChanged);
        return {
          ...{ type: "examined", requestId: request.requestId, isOwn },
          ...{ czxid: node.czxid, isRevocationRequested: node.isChanged },
        };
      }
      case "watch":
        if (request.own !== undefined) this.#watchOwn(request.own);
        if (!nodes.has(request.name)) return { type: "missing", requestId: request.requestId };
        this.watches.add(request.name);
        return { type: "watched", requestId: request.requestId };
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
    // Another client may have deleted the znode, and the event of that has not been received yet.
    if ([...model.nodes.values()].some(({ czxid }) => czxid === token)) tokens.push(token);
    else expect(model.deletedByOther).toContain(token);
  };
  const choices = { isRevocable: random.float() < 0.5, mustRelist: random.float() < 0.2 };
  const waiters = Array.from(
    { length: 2 + randomInt(random, 4) },
    (_, id) =>
      new SimulatedWaiter(id, model, { ...choices, onSuspended: random.float() < 0.5 ? "revoke" : "keep" }, onGrant),
  );
  let sessions = waiters.length;
  model.onDelete = (name) => {
    for (const each of waiters) if (each.isConnected && each.pause !== "overslept") each.notify(name);
  };
  model.onDataChange = (name) => {
    for (const each of waiters) if (each.isConnected && each.pause !== "overslept") each.notifyOfData(name);
  };
  const check = (): void => {
    for (const each of waiters) {
      if (!each.isConnected && each.onSuspended === "revoke") expect(each.isGranted).toBe(false);
    }
    const holders = waiters.filter(({ isGranted }) => isGranted);
    // A second grant is possible only for a holder that has not received the event of its deleted znode yet.
    const withZnode = holders.filter(({ state }) => "node" in state && model.nodes.has(state.node.name));
    expect(withZnode.length).toBeLessThan(2);
    for (let i = 1; i < tokens.length; i++) expect(tokens[i]! > tokens[i - 1]!).toBe(true);
  };
  const disturb = (each: SimulatedWaiter): void => {
    const fault = random.float();
    if (fault < 0.3) {
      if (each.isConnected) each.disconnect(random);
    } else if (fault < 0.35) {
      if (each.isConnected) each.pauseProcess();
    } else if (fault < 0.4) each.expire(sessions++);
    else if (fault < 0.7) each.take({ type: "release" });
    else if (fault < 0.75) each.take({ type: "abort" });
    else if (fault < 0.8) {
      const names = [...model.nodes.keys()];
      if (names.length > 0) model.deleteByOther(names[randomInt(random, names.length)]!);
    } else if (fault < 0.85) {
      const names = [...model.nodes.keys()];
      if (names.length > 0) model.changeData(names[randomInt(random, names.length)]!);
    } else each.take({ type: "start" });
  };
  for (let step = 0; step < 400; step++) {
    const each = waiters[randomInt(random, waiters.length)]!;
    if (each.pause === "paused") {
      if (random.float() < 0.1) each.oversleep();
    } else if (each.pause === "overslept") {
      if (each.replies.length > 0) each.receive(random);
      else each.expire(sessions++);
    } else if (random.float() < 0.15) disturb(each);
    else if (!each.isConnected) {
      if (random.float() < 0.3) each.reconnect();
    } else if (random.float() < 0.5) each.serve();
    else each.receive(random);
    check();
  }
  for (const each of waiters) if (each.pause !== "none") each.expire(sessions++);
  settle(waiters, random, check);
  const remaining = waiters.filter(({ state }) => state.phase !== "ended");
  expect(remaining.filter(({ isGranted }) => isGranted)).toHaveLength(Math.min(1, remaining.length));
  const own = remaining.map(({ state }) => ("node" in state ? state.node.name : undefined));
  for (const name of model.nodes.keys()) expect(own).toContain(name);
  for (const { state, isGranted } of remaining) {
    // A waiter does not watch its own znode if it has several predecessors; it watches an existing predecessor.
    if (!isGranted) expect(state.phase === "waiting" && model.nodes.has(state.watched)).toBe(true);
  }
}

/** Ends the faults: starts all waiters and delivers all pending requests, replies and events. */
function settle(waiters: readonly SimulatedWaiter[], random: Random, check: () => void): void {
  for (const each of waiters) {
    if (!each.isConnected) each.reconnect();
    each.take({ type: "start" });
  }
  for (let rounds = 0; waiters.some(({ requests, replies }) => requests.length + replies.length > 0); rounds++) {
    expect(rounds).toBeLessThan(1_000);
    for (const each of waiters) {
      each.serve();
      each.receive(random);
      check();
    }
  }
}

it("a queue of waiters has at most one valid grant, loses no wake-up and leaves no znode under random faults", async () => {
  await forEachSeed(simulate, { count: 500 });
});

function isWatchEvent(reply: WaiterEvent | undefined): boolean {
  return reply?.type === "changed" || reply?.type === "dataChanged";
}
