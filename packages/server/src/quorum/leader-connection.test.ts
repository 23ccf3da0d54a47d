import { createServer, type Server, type Socket } from "node:net";
import { type Clock, systemClock } from "@conclave/runtime";
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
    const server: Server = createServer((socket: Socket) => void closers.push(() => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => server.close());
    const address = server.address();
    const connection = new LeaderConnection({
      addresses: [{ host: "127.0.0.1", port: typeof address === "object" ? address!.port : 0 }],
      ...{ connectLimitMs: 1000, maxPacketBytes: 1000, network: tcpNetwork, clock: scenario.#clock() },
      defer: (task) => void scenario.#deferred.push(task),
      onConnected: () => void scenario.log.push("connected"),
      onPacket: () => {},
      onSilent: () => void scenario.log.push("silent"),
      onClosed: (cause) => void scenario.log.push(cause),
    });
    closers.push(() => connection.close());
    await eventually(() => scenario.log.length > 0);
    connection.setReadTimeout(1000);
    return scenario;
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

  it("does not take a pause of its own process for silence", async () => {
    const scenario = await Scenario.start();
    scenario.pass(60_000);
    for (let i = 0; i < 2; i++) scenario.pass(250);
    expect(scenario.log).toEqual(["connected"]);
    for (let i = 0; i < 2; i++) scenario.pass(250);
    expect(scenario.log).toEqual(["connected", "silent"]);
  });
});
