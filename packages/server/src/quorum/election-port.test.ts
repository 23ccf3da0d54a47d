import { connect, createServer, type Server, type Socket } from "node:net";
import { type ElectionAddress, HelloVersion, JuteWriter, writeElectionHello } from "@conclave/protocol";
import { freePorts, silentLogger, systemClock } from "@conclave/runtime";
import { eventually } from "@conclave/testing";
import { afterEach, describe, expect, it } from "vitest";
import { ElectionPort } from "./election-port.js";
import { tcpNetwork } from "./network.js";

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Ports of one ensemble; each knows the addresses of those that were started, or that a test sets. */
class Ensemble {
  readonly addresses = new Map<bigint, ElectionAddress>();
  /** In place of those in `addresses`. */
  readonly further = new Map<bigint, readonly ElectionAddress[]>();
  readonly received: string[] = [];
  readonly warnings: string[] = [];
  readonly refused: string[] = [];

  async start(id: bigint): Promise<ElectionPort> {
    const port = new ElectionPort({
      id,
      // Below the ports that the system gives to outgoing connections: a test dials it while nothing listens.
      listen: [{ host: "127.0.0.1", port: this.addresses.get(id)?.port ?? (await freePorts(1))[0]! }],
      addressesOf: (each) =>
        this.further.get(each) ?? [this.addresses.get(each)].filter((address) => address !== undefined),
      onMessage: (from, message) => void this.received.push(`${id} from ${from}: ${Buffer.from(message)}`),
      onRefused: (server) => void this.refused.push(`${id} by ${server}`),
      network: tcpNetwork,
      clock: systemClock,
      logger: { ...silentLogger, warn: (text) => this.warnings.push(text), error: (text) => this.warnings.push(text) },
    });
    closers.push(() => port.close());
    await port.listen();
    this.addresses.set(id, { host: "127.0.0.1", port: port.port });
    return port;
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** A connection to a port, without a hello yet. */
async function dial(port: ElectionPort): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port: port.port });
  closers.push(() => socket.destroy());
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

function hello(serverId: bigint, port = 1): Uint8Array {
  const out = new JuteWriter();
  writeElectionHello(out, { version: HelloVersion.V1, serverId, addresses: [{ host: "127.0.0.1", port }] });
  return out.take();
}

function frame(text: string): Uint8Array {
  const out = new JuteWriter();
  out.writeBuffer(bytes(text));
  return out.take();
}

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once("close", () => resolve()));

describe("the election port", () => {
  it.each([
    [1n, 2n],
    [2n, 1n],
  ])("delivers messages in both directions when %i sends first to %i", async (first, second) => {
    const ensemble = new Ensemble();
    const one = await ensemble.start(first);
    const other = await ensemble.start(second);
    one.send(second, bytes("a"));
    await eventually(() => expect(ensemble.received).toContain(`${second} from ${first}: a`));
    other.send(first, bytes("b"));
    await eventually(() => expect(ensemble.received).toContain(`${first} from ${second}: b`));
    expect(one.hasDelivered && other.hasDelivered).toBe(true);
  });

  it("listens on another address when a configuration moves it, and keeps its connections", async () => {
    const ensemble = new Ensemble();
    const [one, two] = [await ensemble.start(1n), await ensemble.start(2n)];
    two.send(1n, bytes("a"));
    await eventually(() => expect(ensemble.received).toContain("1 from 2: a"));
    const former = two.port;
    const [free] = await freePorts(1);
    two.moveTo([{ host: "127.0.0.1", port: free! }]);
    await eventually(() => expect(two.port).toBe(free));
    ensemble.addresses.set(2n, { host: "127.0.0.1", port: free! });
    one.send(2n, bytes("b"));
    await eventually(() => expect(ensemble.received).toContain("2 from 1: b"));
    const three = await ensemble.start(3n);
    three.send(2n, bytes("c"));
    await eventually(() => expect(ensemble.received).toContain("2 from 3: c"));
    await eventually(async () => {
      const socket = connect({ host: "127.0.0.1", port: former });
      closers.push(() => socket.destroy());
      return new Promise((resolve) => socket.once("error", () => resolve(true)).once("connect", () => resolve(false)));
    });
  });

  it("tries again to listen on an address that is in use, and serves on the former one meanwhile", async () => {
    const ensemble = new Ensemble();
    const port = await ensemble.start(1n);
    const [free] = await freePorts(1);
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(free, "127.0.0.1", resolve));
    port.moveTo([{ host: "127.0.0.1", port: free! }]);
    await eventually(() =>
      expect(ensemble.warnings.join()).toContain("cannot listen on an address of the configuration"),
    );
    await dial(port);
    await new Promise((resolve) => holder.close(resolve));
    await eventually(() => expect(port.port).toBe(free));
  });

  it("listens on all of its addresses, and dials those of another server in turn until one answers", async () => {
    const ensemble = new Ensemble();
    const two = await ensemble.start(2n);
    const [free = 0, dead = 0] = await freePorts(2);
    two.moveTo([
      { host: "127.0.0.1", port: free },
      { host: "127.0.0.2", port: free },
    ]);
    await eventually(() => expect(two.port).toBe(free));
    ensemble.further.set(2n, [
      { host: "127.0.0.1", port: dead },
      { host: "127.0.0.2", port: free },
    ]);
    const one = await ensemble.start(1n);
    const three = await ensemble.start(3n);
    three.send(2n, bytes("a"));
    one.send(2n, bytes("b"));
    await eventually(() => expect(ensemble.received.toSorted()).toEqual(["2 from 1: b", "2 from 3: a"]));
  });

  it("settles on one connection when both dial at once", async () => {
    const ensemble = new Ensemble();
    const one = await ensemble.start(1n);
    const two = await ensemble.start(2n);
    for (let i = 0; i < 20; i++) {
      one.send(2n, bytes(`a${i}`));
      two.send(1n, bytes(`b${i}`));
    }
    await eventually(() => expect(ensemble.received).toContain("2 from 1: a19"));
    await eventually(() => expect(ensemble.received).toContain("1 from 2: b19"));
  });

  it("delivers the last message only, once a server can be reached", async () => {
    const ensemble = new Ensemble();
    const one = await ensemble.start(1n);
    const two = await ensemble.start(2n);
    await two.close();
    one.send(2n, bytes("lost"));
    one.send(2n, bytes("last"));
    await ensemble.start(2n);
    await eventually(() => {
      one.connectAll();
      return expect(ensemble.received).toEqual(["2 from 1: last"]);
    });
  });

  it("reports a server that does not run, and no other one", async () => {
    const ensemble = new Ensemble();
    const [one, two] = [await ensemble.start(1n), await ensemble.start(2n)];
    const [port] = await freePorts(1);
    ensemble.addresses.set(3n, { host: "127.0.0.1", port: port! });
    one.send(2n, bytes("to a server that runs"));
    one.send(3n, bytes("to nobody"));
    await eventually(() => expect(ensemble.refused).toEqual(["1 by 3"]));
    await eventually(() => expect(ensemble.received).toHaveLength(1));
    two.send(3n, bytes("to nobody"));
    await eventually(() => expect(ensemble.refused).toEqual(["1 by 3", "2 by 3"]));
  });

  it("repeats the last message on a new connection, which the former may have lost", async () => {
    const ensemble = new Ensemble();
    const one = await ensemble.start(1n);
    const two = await ensemble.start(2n);
    two.send(1n, bytes("vote"));
    await eventually(() => expect(ensemble.received).toEqual(["1 from 2: vote"]));
    await one.close();
    await ensemble.start(1n);
    await eventually(() => {
      two.connectAll();
      return expect(ensemble.received).toEqual(["1 from 2: vote", "1 from 2: vote"]);
    });
  });

  it("dials back a server with a smaller id, at the address in its hello if no configuration has it", async () => {
    const ensemble = new Ensemble();
    const five = await ensemble.start(5n);
    const connections: Socket[] = [];
    const joining: Server = createServer((socket) => void connections.push(socket));
    await new Promise<void>((resolve) => joining.listen(0, "127.0.0.1", resolve));
    closers.push(() => joining.close());
    const { port } = joining.address() as { port: number };
    const socket = await dial(five);
    const end = closed(socket);
    socket.write(hello(3n, port));
    await end;
    await eventually(() => expect(connections).toHaveLength(1));
    connections[0]!.write(frame("from 3"));
    await eventually(() => expect(ensemble.received).toEqual(["5 from 3: from 3"]));
  });

  it("keeps a connection that a server with a larger id dialed, and replaces it by a newer one", async () => {
    const ensemble = new Ensemble();
    const one = await ensemble.start(1n);
    const former = await dial(one);
    former.write(Buffer.concat([hello(9n), frame("first")]));
    await eventually(() => expect(ensemble.received).toEqual(["1 from 9: first"]));
    const end = closed(former);
    const newer = await dial(one);
    newer.write(Buffer.concat([hello(9n), frame("second")]));
    await end;
    await eventually(() => expect(ensemble.received.at(-1)).toBe("1 from 9: second"));
  });

  it("closes connections that send no valid hello, a malformed frame, or the id of this server", async () => {
    const ensemble = new Ensemble();
    const one = await ensemble.start(1n);
    for (const sent of [
      bytes("GET / HTTP/1.1\r\nhost: a\r\n\r\n"),
      hello(1n),
      Buffer.concat([hello(9n), Buffer.of(0x7f, 0xff, 0xff, 0xff)]),
      Buffer.concat([hello(9n), Buffer.of(0xff, 0xff, 0xff, 0xff)]),
    ]) {
      const socket = await dial(one);
      const end = closed(socket);
      socket.write(sent);
      await end;
    }
    expect(ensemble.received).toEqual([]);
    expect(ensemble.warnings).toHaveLength(4);
  });

  it("closes the oldest of 64 connections without a hello for the next one", async () => {
    const ensemble = new Ensemble();
    const one = await ensemble.start(1n);
    const silent: Socket[] = [];
    for (let i = 0; i < 64; i++) silent.push(await dial(one));
    const end = closed(silent[0]!);
    const next = await dial(one);
    await end;
    next.write(Buffer.concat([hello(9n), frame("in time")]));
    await eventually(() => expect(ensemble.received).toEqual(["1 from 9: in time"]));
    expect(silent.slice(1).every((socket) => !socket.destroyed)).toBe(true);
  });
});
