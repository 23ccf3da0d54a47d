import { createServer, type Server, type Socket } from "node:net";
import { type Clock, freePorts, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { afterEach, describe, expect, it } from "vitest";
import { LeaderConnection } from "./leader-connection.js";
import { tcpNetwork } from "./network.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A connection to a leader that sends nothing by itself, and a clock that a test moves. */
class Scenario {
  readonly log: string[] = [];
  readonly #deferred: (() => void)[] = [];
  #timers = new Map<() => void, number>();
  #now = 0;

  static async start(): Promise<Scenario> {
    const scenario = new Scenario();
    const connection = scenario.#connect(await scenario.#listen());
    await eventually(() => scenario.log.length > 0);
    connection.setReadTimeout(1000);
    return scenario;
  }

  /** Connects to a port on which no server listens. */
  static async refused(): Promise<Scenario> {
    const scenario = new Scenario();
    const [port] = await freePorts(1);
    scenario.#connect(port!);
    return scenario;
  }

  /** True while the next attempt to connect waits for its time. */
  get isRetrying(): boolean {
    return [...this.#timers.values()].some((due) => due - this.#now <= 20);
  }

  async #listen(): Promise<number> {
    const server: Server = createServer((socket: Socket) => void closers.push(() => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => server.close());
    const address = server.address();
    return typeof address === "object" ? address!.port : 0;
  }

  #connect(port: number): LeaderConnection {
    const connection = new LeaderConnection({
      addresses: [{ host: "127.0.0.1", port }],
      ...{ connectLimitMs: 60_000, maxPacketBytes: 1000, network: tcpNetwork, clock: this.#clock() },
      defer: (task) => void this.#deferred.push(task),
      onConnected: () => void this.log.push("connected"),
      onPacket: () => {},
      onRead: () => {},
      onSilent: () => void this.log.push("silent"),
      onClosed: (cause) => void this.log.push(cause),
    });
    closers.push(() => connection.close());
    return connection;
  }

  /** Lets time pass, and only then runs what was due: as after a stall of the process. */
  pass(ms: number): void {
    this.#now += ms;
    for (const [callback, due] of this.#timers) {
      if (due > this.#now) continue;
      this.#timers.delete(callback);
      callback();
    }
    for (const task of this.#deferred.splice(0)) task();
  }

  #clock(): Clock {
    return {
      ...systemClock,
      now: () => this.#now,
      setTimer: (ms, callback) => {
        this.#timers.set(callback, this.#now + ms);
        return { cancel: () => void this.#timers.delete(callback) };
      },
    };
  }
}

describe("a connection to a leader", () => {
  it("reports a leader that has sent nothing for the time", async () => {
    const scenario = await Scenario.start();
    for (let i = 0; i < 3; i++) scenario.pass(250);
    expect(scenario.log).toEqual(["connected"]);
    scenario.pass(250);
    expect(scenario.log).toEqual(["connected", "silent"]);
  });

  it("ends when the leader's port refuses connections for a second, well before the limit to connect", async () => {
    const scenario = await Scenario.refused();
    const retry = async (): Promise<void> => {
      // The timer of the attempt ends with it, and that of the next one begins.
      await eventually(() => scenario.isRetrying || scenario.log.length > 0);
      scenario.pass(500);
    };
    for (let i = 0; i < 2; i++) await retry();
    await eventually(() => expect(scenario.log.join()).toContain("ECONNREFUSED"));
  });

  it("does not take a pause of its own process for silence", async () => {
    const scenario = await Scenario.start();
    scenario.pass(60_000);
    for (let i = 0; i < 2; i++) scenario.pass(250);
    expect(scenario.log).toEqual(["connected"]);
    for (let i = 0; i < 2; i++) scenario.pass(250);
    expect(scenario.log).toEqual(["connected", "silent"]);
  });
});
