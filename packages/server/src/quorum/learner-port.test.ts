import { connect, type Socket } from "node:net";
import { JuteWriter, PacketType, type QuorumPacket, writeQuorumPacket } from "@conclave/protocol";
import { silentLogger, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { afterEach, describe, expect, it } from "vitest";
import type { LearnerConnection } from "./learner-connection.js";
import { LearnerPort } from "./learner-port.js";
import { tcpNetwork } from "./network.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const packetBytes = (packet: QuorumPacket): Uint8Array => {
  const out = new JuteWriter();
  writeQuorumPacket(out, packet);
  return out.take();
};
const ack = { type: PacketType.ACK, zxid: 7n, data: null, authInfo: null };

/** A port of a leader, and what it has received. */
class Scenario {
  readonly learners: LearnerConnection[] = [];
  readonly log: string[] = [];
  readonly #timers = new Set<() => void>();
  #port = 0;

  static async start(): Promise<Scenario> {
    const scenario = new Scenario();
    const clock = {
      ...systemClock,
      setTimer: (_: number, callback: () => void) => {
        scenario.#timers.add(callback);
        return { cancel: () => void scenario.#timers.delete(callback) };
      },
    };
    scenario.#port = await freePort();
    const port = new LearnerPort({
      ...{ addresses: [{ host: "127.0.0.1", port: scenario.#port }], maxPacketBytes: 1000, network: tcpNetwork },
      ...{ clock, logger: silentLogger, defer: setImmediate },
      onRead: () => {},
      onPacket: (learner, { zxid }) => {
        scenario.learners.push(learner);
        scenario.log.push(`packet ${zxid} of ${learner.number}`);
      },
      onGone: ({ number }, cause) => void scenario.log.push(`${number} is gone: ${cause}`),
    });
    await port.listen();
    closers.push(() => port.close());
    return scenario;
  }

  async dial(): Promise<Socket> {
    const socket = connect({ host: "127.0.0.1", port: this.#port });
    closers.push(() => socket.destroy());
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    return socket;
  }

  /** The time of all timers passes. */
  expire(): void {
    for (const timer of this.#timers) timer();
  }

  get timers(): number {
    return this.#timers.size;
  }
}

async function freePort(): Promise<number> {
  const { createServer } = await import("node:net");
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const address = holder.address();
  await new Promise((resolve) => holder.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.resume().once("close", () => resolve()));

const textOf = (packet: QuorumPacket): string => Buffer.from(packetBytes(packet)).toString("latin1");

/** Collects the bytes that a socket receives. */
function received(socket: Socket): () => string {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("latin1");
}

describe("the quorum port of a leader", () => {
  it("passes on the packets of a learner, and its end", async () => {
    const scenario = await Scenario.start();
    const socket = await scenario.dial();
    socket.write(Buffer.concat([packetBytes(ack), packetBytes({ ...ack, zxid: 8n })]));
    await eventually(() => expect(scenario.log).toEqual(["packet 7 of 1", "packet 8 of 1"]));
    socket.end();
    await eventually(() => expect(scenario.log.at(-1)).toMatch(/^1 is gone/));
  });

  it("sends packets after the bulk of history that was given before them", async () => {
    const scenario = await Scenario.start();
    const socket = await scenario.dial();
    const bytes = received(socket);
    socket.write(packetBytes(ack));
    const learner = await eventually(() => scenario.learners[0]);
    const first = { ...ack, zxid: 1n };
    const last = { ...ack, zxid: 2n };
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    learner!.send(first);
    learner!.sendBulk(
      (async function* () {
        yield Buffer.from("b");
        await gate;
        yield Buffer.from("c");
      })(),
    );
    learner!.send(last);
    await eventually(() => expect(bytes()).toBe(`${textOf(first)}b`));
    release();
    await eventually(() => expect(bytes()).toBe(`${textOf(first)}bc${textOf(last)}`));
  });

  it("closes a connection whose history cannot be made", async () => {
    const scenario = await Scenario.start();
    const socket = await scenario.dial();
    socket.write(packetBytes(ack));
    const learner = await eventually(() => scenario.learners[0]);
    const end = closed(socket);
    learner!.sendBulk(
      (async function* () {
        yield Buffer.from("b");
        throw new Error("the log is gone");
      })(),
    );
    await end;
    expect(scenario.log.at(-1)).toBe("1 is gone: the history could not be sent: the log is gone");
  });

  it("closes connections that send no packet in time, or what cannot be read", async () => {
    const scenario = await Scenario.start();
    const silent = await scenario.dial();
    const learner = await scenario.dial();
    learner.write(packetBytes(ack));
    await eventually(() => scenario.timers === 1 && scenario.learners.length === 1);
    const end = closed(silent);
    scenario.expire();
    await end;
    const hostile = await scenario.dial();
    const out = new JuteWriter();
    writeQuorumPacket(out, { ...ack, data: new Uint8Array(2000) });
    const refused = closed(hostile);
    hostile.write(out.take());
    await refused;
    expect(learner.destroyed).toBe(false);
  });

  it("keeps no timer for a connection that has sent a packet, or has ended", async () => {
    const scenario = await Scenario.start();
    const [learner, silent] = [await scenario.dial(), await scenario.dial()];
    await eventually(() => expect(scenario.timers).toBe(2));
    learner.write(packetBytes(ack));
    silent.end();
    await eventually(() => expect(scenario.timers).toBe(0));
  });

  it("closes the oldest of 64 connections without a packet for the next one", async () => {
    const scenario = await Scenario.start();
    const first = await scenario.dial();
    const end = closed(first);
    for (let i = 0; i < 64; i++) await scenario.dial();
    await end;
  });
});
