import { type Notification } from "@conclave/protocol";
import { type Random, randomInt } from "@conclave/runtime";
import type { VirtualTime } from "./virtual-time.js";

/** One direction of the connection between two servers. */
interface Link {
  /** Notification that was not sent yet; a newer one replaces it. */
  waiting: Notification | undefined;
  /** The last one that was sent; a new connection begins with it if nothing is waiting. */
  last: Notification | undefined;
  /** The next one arrives no earlier, since a connection keeps the order. */
  lastArrival: number;
  isSending: boolean;
}

interface Pair {
  readonly ids: readonly [bigint, bigint];
  /** Grows when the connection breaks: messages of an earlier connection are lost. */
  generation: number;
  isConnected: boolean;
  isBlocked: boolean;
}

type Deliver = (from: bigint, to: bigint, notification: Notification) => void;

/**
 * Connections of the election, as Apache's QuorumCnxManager keeps them: one for each pair of servers, in order, with room for
 * one unsent notification. Connections break, which loses the messages on their way, and can be blocked.
 */
export class NotificationNetwork {
  readonly #links = new Map<string, Link>();
  readonly #pairs = new Map<string, Pair>();
  readonly #random: Random;
  readonly #time: VirtualTime;
  readonly #deliver: Deliver;

  /** @param deliver called with each notification that arrives */
  constructor(random: Random, time: VirtualTime, deliver: Deliver) {
    this.#random = random;
    this.#time = time;
    this.#deliver = deliver;
  }

  send(from: bigint, to: bigint, notification: Notification): void {
    const link = this.#link(from, to) ?? this.#open(from, to);
    link.waiting = notification;
    this.#connect(from, to);
    this.#transmit(from, to);
  }

  /** Connects a server to all servers to which it has sent something before. */
  connectAll(from: bigint): void {
    for (const { to } of this.#linksFrom(from)) this.#connect(from, to);
  }

  /** Returns true if at least one server has taken all that was sent to it. */
  hasDelivered(from: bigint): boolean {
    return this.#linksFrom(from).some(({ link }) => link.waiting === undefined);
  }

  /** Breaks the connection of two servers. It can be opened again at once. */
  break(a: bigint, b: bigint): void {
    const pair = this.#pair(a, b);
    pair.generation++;
    pair.isConnected = false;
    for (const link of [this.#link(a, b), this.#link(b, a)]) if (link !== undefined) link.lastArrival = 0;
  }

  block(a: bigint, b: bigint): void {
    this.break(a, b);
    this.#pair(a, b).isBlocked = true;
  }

  isBlocked(a: bigint, b: bigint): boolean {
    return this.#pair(a, b).isBlocked;
  }

  healAll(): void {
    for (const pair of this.#pairs.values()) pair.isBlocked = false;
  }

  /** Forgets all that a process knew about its connections. */
  crash(id: bigint): void {
    for (const { ids } of this.#pairs.values()) if (ids.includes(id)) this.break(...ids);
    for (const key of this.#links.keys()) if (key.startsWith(`${id}>`)) this.#links.delete(key);
  }

  #connect(from: bigint, to: bigint): void {
    const pair = this.#pair(from, to);
    if (pair.isConnected || pair.isBlocked) return;
    pair.isConnected = true;
    for (const [a, b] of [
      [from, to],
      [to, from],
    ] as const) {
      const link = this.#link(a, b);
      if (link === undefined) continue;
      link.waiting ??= link.last;
      this.#transmit(a, b);
    }
  }

  /** Takes the waiting notification after a moment; until then a newer one replaces it. */
  #transmit(from: bigint, to: bigint): void {
    const link = this.#link(from, to)!;
    if (link.isSending || !this.#pair(from, to).isConnected) return;
    link.isSending = true;
    this.#time.after(randomInt(this.#random, 5), () => {
      link.isSending = false;
      const pair = this.#pair(from, to);
      const { waiting: notification } = link;
      if (notification === undefined || !pair.isConnected || this.#link(from, to) !== link) return;
      link.last = notification;
      link.waiting = undefined;
      const { generation } = pair;
      const delay = this.#random.float() < 0.05 ? randomInt(this.#random, 800) : randomInt(this.#random, 20);
      link.lastArrival = Math.max(link.lastArrival, this.#time.now + delay);
      this.#time.after(link.lastArrival - this.#time.now, () => {
        if (pair.generation === generation) this.#deliver(from, to, notification);
      });
    });
  }

  #open(from: bigint, to: bigint): Link {
    const link = { waiting: undefined, last: undefined, lastArrival: 0, isSending: false };
    this.#links.set(`${from}>${to}`, link);
    return link;
  }

  #link(from: bigint, to: bigint): Link | undefined {
    return this.#links.get(`${from}>${to}`);
  }

  #linksFrom(from: bigint): { readonly to: bigint; readonly link: Link }[] {
    const prefix = `${from}>`;
    const links = [...this.#links].filter(([key]) => key.startsWith(prefix));
    return links.map(([key, link]) => ({ to: BigInt(key.slice(prefix.length)), link }));
  }

  #pair(a: bigint, b: bigint): Pair {
    const ids = a < b ? ([a, b] as const) : ([b, a] as const);
    const key = ids.join("-");
    const pair = this.#pairs.get(key) ?? { ids, generation: 0, isConnected: false, isBlocked: false };
    this.#pairs.set(key, pair);
    return pair;
  }
}
