import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { systemClock } from "@conclave/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { collectEvents } from "../collect-events.js";
import { eventually } from "../eventually.js";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.js";

/** One end of a connection, the bytes that it received, and its end. */
interface Peer {
  readonly socket: Socket;
  heard: string;
  /** How the other side closed. */
  end: "FIN" | "RST" | undefined;
}

let server: Server;
let proxy: FaultProxy;
const accepted = { peers: [] as Peer[] };
const dialled: Peer[] = [];

const observe = (socket: Socket): Peer => {
  const peer: Peer = { socket, heard: "", end: undefined };
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    peer.heard += text;
  });
  socket.on("end", () => {
    peer.end ??= "FIN";
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNRESET") peer.end ??= "RST";
  });
  return peer;
};

/** Opens a connection through the proxy; returns both ends. */
const open = async (): Promise<{ client: Peer; peer: Peer }> => {
  const before = accepted.peers.length;
  const client = await dial();
  const peer = await eventually(() => accepted.peers[before]);
  return { client, peer: peer! };
};

const dial = async (): Promise<Peer> => {
  const client = observe(
    connect({ port: Number(proxy.connectString.split(":")[1]), host: "127.0.0.1", allowHalfOpen: true }),
  );
  dialled.push(client);
  await once(client.socket, "connect");
  return client;
};

const hears = (peer: Peer, text: string): Promise<boolean> =>
  eventually(() => peer.heard === text, { what: `"${text}" (heard: "${peer.heard}")` });

beforeEach(async () => {
  accepted.peers = [];
  server = createServer({ allowHalfOpen: true }, (socket) => accepted.peers.push(observe(socket)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy = await startFaultProxy({ target: `127.0.0.1:${(server.address() as AddressInfo).port}` });
});

afterEach(async () => {
  await proxy.close();
  for (const { socket } of [...dialled.splice(0), ...accepted.peers]) socket.destroy();
  server.close();
});

it("forwards bytes in both directions, and the end of each side separately", async () => {
  const { client, peer } = await open();
  client.socket.end("there");
  await hears(peer, "there");
  await eventually(() => peer.end === "FIN");
  peer.socket.end("and back");
  await hears(client, "and back");
  await eventually(() => client.end === "FIN");
  await eventually(() => proxy.connections === 0);
});

it("does not count a connection that its client has closed, although the server keeps its side open", async () => {
  const { client, peer } = await open();
  expect(proxy.connections).toBe(1);
  client.socket.end();
  await eventually(() => peer.end === "FIN");
  expect(proxy.connections).toBe(0);
});

it("forwards a reset", async () => {
  const { client, peer } = await open();
  client.socket.resetAndDestroy();
  await eventually(() => peer.end === "RST");
});

it.each([
  ["reset", "RST"],
  ["end", "FIN"],
] as const)("cuts both sides with %s", async (mode, end) => {
  const { client, peer } = await open();
  proxy.cut(mode);
  await eventually(() => client.end === end && peer.end === end);
  const again = await open();
  again.client.socket.write("hello");
  await hears(again.peer, "hello");
});

it("cuts a connection while its end is forwarded", async () => {
  const { client, peer } = await open();
  // Both wait in their queues, so that the end and the cut come in one tick.
  proxy.freeze();
  const heard = once(client.socket, "finish");
  client.socket.end();
  peer.socket.end();
  await heard;
  const probe = await open();
  probe.client.socket.destroy();
  proxy.thaw();
  proxy.cut();
  await eventually(() => proxy.connections === 0);
});

it("refuses new connections and keeps open ones until it accepts again", async () => {
  const { client, peer } = await open();
  proxy.refuse();
  const refused = observe(connect({ port: Number(proxy.connectString.split(":")[1]), host: "127.0.0.1" }));
  await eventually(() => refused.end === "RST");
  client.socket.write("still here");
  await hears(peer, "still here");
  expect(accepted.peers).toHaveLength(1);
  proxy.accept();
  await open();
});

it("holds bytes and ends of both sides while frozen, and forwards them in order afterwards", async () => {
  const { client, peer } = await open();
  proxy.freeze();
  client.socket.write("first ");
  client.socket.end("second");
  peer.socket.write("reply");
  const other = await dial();
  other.socket.write("other");
  // What would show a leak has passed through the same event loop by then.
  const probe = await startFaultProxy({ target: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  const through = observe(connect({ port: Number(probe.connectString.split(":")[1]), host: "127.0.0.1" }));
  through.socket.write("probe");
  await eventually(() => accepted.peers.some(({ heard }) => heard === "probe"));
  await probe.close();
  expect([peer.heard, peer.end, client.heard]).toEqual(["", undefined, ""]);
  proxy.thaw();
  await hears(peer, "first second");
  await eventually(() => peer.end === "FIN");
  await hears(client, "reply");
  await eventually(() => accepted.peers.some(({ heard }) => heard === "other"));
});

it("freezes one direction only", async () => {
  const { client, peer } = await open();
  proxy.freeze("replies");
  client.socket.write("question");
  peer.socket.write("answer");
  await hears(peer, "question");
  expect(client.heard).toBe("");
  proxy.thaw("replies");
  await hears(client, "answer");
});

it("delays by the given clock, and keeps the order", async () => {
  const timers = new Set<() => void>();
  let now = 0;
  const clock = {
    ...systemClock,
    now: () => now,
    setTimer: (delayMs: number, callback: () => void) => {
      const fire = (): void => {
        if (now >= due) callback();
      };
      const due = now + delayMs;
      timers.add(fire);
      return { cancel: () => timers.delete(fire) };
    },
  };
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await proxy.close();
  proxy = await startFaultProxy({ target, clock });
  const { client, peer } = await open();
  proxy.delay(100);
  client.socket.write("first ");
  await eventually(() => timers.size > 0);
  expect(peer.heard).toBe("");
  now = 100;
  for (const fire of [...timers]) fire();
  await hears(peer, "first ");
  client.socket.write("second ");
  await eventually(() => timers.size > 0);
  proxy.delay(0);
  client.socket.write("third");
  await hears(peer, "first second third");
});

it("dribbles byte by byte", async () => {
  const { client, peer } = await open();
  const pieces = collectEvents<string>();
  peer.socket.on("data", pieces.add);
  proxy.dribble();
  client.socket.write("dribble");
  await hears(peer, "dribble");
  expect(pieces.events.length).toBeGreaterThan(1);
});

it("forwards more bytes than its buffer holds", async () => {
  const { client, peer } = await open();
  const text = "x".repeat(4 * 1024 * 1024);
  proxy.freeze();
  client.socket.write(text);
  proxy.thaw();
  await eventually(() => peer.heard.length === text.length);
});

it("numbers the frames for a corruption per connection and direction", async () => {
  const seen: string[] = [];
  proxy.corrupt((bytes, direction, index) => {
    seen.push(`${direction} ${index}`);
    return bytes;
  });
  for (let round = 0; round < 2; round++) {
    const { client, peer } = await open();
    client.socket.write(Buffer.from("00000001410000000142", "hex"));
    await hears(peer, "\0\0\0\x01A\0\0\0\x01B");
    peer.socket.write(Buffer.from("0000000143", "hex"));
    await hears(client, "\0\0\0\x01C");
  }
  expect(seen).toEqual(["requests 0", "requests 1", "replies 0", "requests 0", "requests 1", "replies 0"]);
});

it("forwards the result of the corruption for each frame", async () => {
  const { client, peer } = await open();
  proxy.corrupt((bytes, direction) => (direction === "requests" ? bytes.subarray(4) : bytes));
  client.socket.write("\0\0\0\x05frame\0\0\0\x01!");
  await hears(peer, "frame!");
  proxy.heal();
  client.socket.write("\0\0\0\x01?");
  await hears(peer, "frame!\0\0\0\x01?");
});

it("closes connections if the server cannot be reached", async () => {
  const stopped = once(server, "close");
  server.close();
  await stopped;
  const client = await dial();
  await eventually(() => client.end === "RST");
});

it("rejects a pending loss when it is closed", async () => {
  const lost = proxy.loseRequest();
  await proxy.close();
  await expect(lost).rejects.toThrow("closed before");
});

it("rejects a target that is not host:port", async () => {
  await expect(startFaultProxy({ target: "127.0.0.1:1,127.0.0.1:2" })).rejects.toThrow(TypeError);
});
