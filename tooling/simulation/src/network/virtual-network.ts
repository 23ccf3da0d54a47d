import type { Random } from "@conclave/runtime";
import { randomInt } from "@conclave/runtime";
import type { Listener, ListenOptions, Network, PortAddress, QuorumSocket } from "@conclave/server/simulation";
import type { Life } from "../time/life.ts";
import type { Scheduler } from "../time/scheduler.ts";
import type { Host, Link, Links } from "./links.ts";
import { type SocketNetwork, VirtualSocket } from "./virtual-socket.ts";

/** A port that a process listens on. */
interface OpenPort {
  readonly life: Life;
  readonly onConnection: (socket: VirtualSocket) => void;
  readonly allowHalfOpen: boolean;
  /** Connections that were accepted and are open. */
  readonly accepted: Set<VirtualSocket>;
  whenClosed: (() => void) | undefined;
}

export interface NetworkOptions {
  readonly scheduler: Scheduler;
  readonly links: Links;
  readonly random: Random;
  /** Bytes that may be on their way in one direction. */
  readonly bufferBytes: number;
  /** Share of the chunks that arrive in two parts. */
  readonly splitShare: number;
}

/** Connections between all hosts. */
export class VirtualNetwork implements SocketNetwork {
  readonly scheduler: Scheduler;
  readonly links: Links;
  readonly bufferBytes: number;
  readonly #random: Random;
  readonly #splitShare: number;
  readonly #ports = new Map<string, OpenPort>();
  readonly #sockets = new Set<VirtualSocket>();
  readonly #unpowered = new Set<Host>();

  constructor({ scheduler, links, random, bufferBytes, splitShare }: NetworkOptions) {
    this.scheduler = scheduler;
    this.links = links;
    this.bufferBytes = bufferBytes;
    this.#random = random;
    this.#splitShare = splitShare;
  }

  /** Returns the network as one life on a host uses it. */
  networkOf(life: Life, host: Host): Network {
    return {
      connect: ({ host: to, port }: PortAddress) =>
        this.connect(life, host, { host: to, port }) as unknown as QuorumSocket,
      listen: (options: ListenOptions) =>
        this.listen(life, options, (socket) => options.onConnection(socket as unknown as QuorumSocket)),
    };
  }

  /** Opens a port of a host. Rejects with EADDRINUSE if another process listens on it. */
  async listen(
    life: Life,
    { host, port }: PortAddress,
    onConnection: (socket: VirtualSocket) => void,
    allowHalfOpen = false,
  ): Promise<Listener> {
    await new Promise<void>((resolve) => this.scheduler.defer(life, resolve));
    const key = `${host}:${port}`;
    if (this.#ports.has(key)) throw Object.assign(new Error(`EADDRINUSE: ${key}`), { code: "EADDRINUSE" });
    const open: OpenPort = { life, onConnection, allowHalfOpen, accepted: new Set(), whenClosed: undefined };
    this.#ports.set(key, open);
    return {
      port,
      close: () =>
        new Promise<void>((resolve) => {
          this.#ports.delete(key);
          open.whenClosed = resolve;
          this.#closeIfIdle(open);
        }),
    };
  }

  connect(life: Life, from: Host, { host, port }: PortAddress): VirtualSocket {
    const socket = new VirtualSocket(this, life, { local: from, remote: host, connecting: true });
    this.#sockets.add(socket);
    const arrive = (): void => {
      if (socket.isGone) return;
      if (this.isReachable(socket.out)) this.#accept(socket, `${host}:${port}`);
      else this.links.whenRetried(arrive);
    };
    this.scheduler.after(this.links.latency(socket.out), undefined, arrive);
    return socket;
  }

  #accept(socket: VirtualSocket, key: string): void {
    const { remote: host, local: from } = socket;
    const port = this.#ports.get(key);
    if (port === undefined) {
      const refused = Object.assign(new Error(`connect ECONNREFUSED ${key}`), { code: "ECONNREFUSED" });
      return this.#sendBack(socket, () => socket.lose(refused));
    }
    const { life, allowHalfOpen } = port;
    const accepted = new VirtualSocket(this, life, { local: host, remote: from, connecting: false, allowHalfOpen });
    this.#sockets.add(accepted);
    port.accepted.add(accepted);
    accepted.once("close", () => {
      port.accepted.delete(accepted);
      this.#closeIfIdle(port);
    });
    accepted.peer = socket;
    socket.peer = accepted;
    this.#sendBack(socket, () => {
      if (socket.isGone) this.reset(accepted);
      else socket.life.run({ isTimer: false, run: () => socket.connected() });
    });
    life.run({
      isTimer: false,
      // The kernel refuses connections that no process has taken when the port closes.
      run: () => (port.whenClosed === undefined ? port.onConnection(accepted) : accepted.refuse()),
    });
  }

  #closeIfIdle(port: OpenPort): void {
    if (port.accepted.size === 0) port.whenClosed?.();
  }

  /** Calls back when a packet from the other end of a connection would arrive. */
  #sendBack({ local, remote }: VirtualSocket, task: () => void): void {
    const link = this.links.of(remote, local);
    const arrive = (): void => {
      if (this.isReachable(link)) task();
      else this.links.whenRetried(arrive);
    };
    this.scheduler.after(this.links.latency(link), undefined, arrive);
  }

  /** Has a socket lose its connection by a reset that comes from the other end, as soon as one can arrive. */
  reset(socket: VirtualSocket): void {
    const error = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    this.#sendBack(socket, () => socket.lose(error));
  }

  /** Returns both ends of all open connections, for faults. */
  connections(): VirtualSocket[] {
    return [...this.#sockets].filter(({ connecting, peer, isGone }) => !connecting && peer !== undefined && !isGone);
  }

  closed(socket: VirtualSocket): void {
    this.#sockets.delete(socket);
  }

  /** A process on a host has died: its connections and ports close. */
  processEnded(life: Life): void {
    for (const socket of [...this.#sockets]) if (socket.life === life) socket.abandon();
    this.#closePorts(life);
  }

  /** A host has no power any more. */
  powerLost(host: Host, life: Life): void {
    this.#unpowered.add(host);
    for (const socket of [...this.#sockets]) if (socket.life === life) socket.vanish();
    this.#closePorts(life);
  }

  /** A host has power again. */
  powerRestored(host: Host): void {
    if (this.#unpowered.delete(host)) this.links.retry();
  }

  #closePorts(life: Life): void {
    for (const [key, port] of this.#ports) if (port.life === life) this.#ports.delete(key);
  }

  isPowered(host: Host): boolean {
    return !this.#unpowered.has(host);
  }

  isReachable({ blocks, to }: Link): boolean {
    return blocks === 0 && !this.#unpowered.has(to);
  }

  /** Returns the number of bytes of a chunk that arrive together. */
  splitOf(length: number): number {
    return length > 1 && this.#random.float() < this.#splitShare ? 1 + randomInt(this.#random, length - 1) : length;
  }
}
