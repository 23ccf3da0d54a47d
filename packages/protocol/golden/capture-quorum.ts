/*
 * Records the traffic between members of a real Apache ensemble on the quorum and election ports, and the packets that Java's
 * classes read from it. Run by hand: README.md. Three servers: 1 follows, 2 leads, 3 observes; 1 and 3 reach the others through
 * taps. Two learners of this script make the leader send TRUNC and SNAP. It shares no code with the package.
 */
import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { ascii, CLASSPATH, compile, freePort, java, lines, listen, serving, startServer } from "./java.ts";

/** One direction of a connection. */
interface Stream {
  readonly name: string;
  /** The kind of DescribeQuorum.java. */
  readonly kind: "packets" | "dialed" | "accepted";
  readonly chunks: Buffer[];
}

const streams: Stream[] = [];

function record(name: string, kind: Stream["kind"], source: Socket): void {
  const chunks: Buffer[] = [];
  streams.push({ name, kind, chunks });
  source.on("data", (chunk: Buffer) => chunks.push(chunk));
}

/** Returns the port of a listener that passes connections on to `target`, and records the first one that succeeds. */
async function tap(target: number, [dialerName, acceptorName]: readonly [string, string], isQuorum: boolean) {
  let isRecorded = false;
  const server = createServer((dialer) => {
    const acceptor = connect(target, "127.0.0.1");
    for (const socket of [dialer, acceptor]) {
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        dialer.destroy();
        acceptor.destroy();
      });
    }
    // A member that is not up yet refuses, and the other one dials again.
    acceptor.on("connect", () => {
      if (!isRecorded) {
        record(dialerName, isQuorum ? "packets" : "dialed", dialer);
        record(acceptorName, isQuorum ? "packets" : "accepted", acceptor);
      }
      isRecorded = true;
      dialer.on("data", (chunk) => acceptor.write(chunk));
      acceptor.on("data", (chunk) => dialer.write(chunk));
    });
  });
  const port = await listen(server);
  server.unref();
  return port;
}

/** A packet of a learner; authInfo is null. */
function packet(type: number, zxid: bigint, ...data: readonly (number | bigint)[]): Buffer {
  const parts = data.map((value) => {
    const bytes = Buffer.alloc(typeof value === "bigint" ? 8 : 4);
    if (typeof value === "bigint") bytes.writeBigInt64BE(value);
    else bytes.writeInt32BE(value);
    return bytes;
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(16);
  head.writeInt32BE(type, 0);
  head.writeBigInt64BE(zxid, 4);
  head.writeInt32BE(data.length === 0 ? -1 : body.length, 12);
  return Buffer.concat([head, body, Buffer.from("ffffffff", "hex")]);
}

/** Observes as a server without a place in the configuration, until UPTODATE. */
async function learn(port: number, name: string, epoch: number, lastZxid: bigint): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.write(packet(16, 1n << 32n, 9n, 0x10000, 0n));
  socket.write(packet(18, lastZxid, epoch));
  socket.write(packet(3, 1n << 32n));
  const chunks: Buffer[] = [];
  const upToDate = Buffer.from("0000000cffffffffffffffffffffffffffffffff", "hex");
  for await (const chunk of socket) {
    chunks.push(chunk);
    if (!Buffer.concat(chunks).includes(upToDate)) continue;
    streams.push({ name, kind: "packets", chunks });
    return;
  }
  throw new Error(`${name}: the leader ended the connection`);
}

/** Records the hello of a server with two addresses, to a listener in place of its peer. */
async function multiAddress(folder: string): Promise<void> {
  const peer = createServer((socket) => record("hello of version 2", "dialed", socket));
  const dialed = once(peer, "connection");
  const [quorum, election, quorum6, election6] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const settings = {
    clientPort: await freePort(),
    initLimit: 10,
    syncLimit: 5,
    "server.4": `127.0.0.1:${await freePort()}:${await listen(peer)}`,
    "server.5": `127.0.0.1:${quorum}:${election}|[::1]:${quorum6}:${election6}`,
  };
  const server = await startServer(folder, 5, settings, ["-Dzookeeper.multiAddress.enabled=true"]);
  const [socket] = (await dialed) as [Socket];
  while (Buffer.concat(streams.at(-1)!.chunks).length < 100) await once(socket, "data");
  server.kill();
  peer.close();
}

async function ensemble(folder: string, classes: string): Promise<void> {
  const members = await Promise.all(
    [1, 2, 3].map(async (id) => ({
      id,
      client: await freePort(),
      quorum: await freePort(),
      election: await freePort(),
    })),
  );
  const [follower, leader, observer] = members as [(typeof members)[0], (typeof members)[0], (typeof members)[0]];
  const settings = async (id: number) => ({
    clientPort: members[id - 1]!.client,
    tickTime: 2000,
    initLimit: 10,
    syncLimit: 5,
    snapshotSizeFactor: -1,
    // Only the leader: the others would take over its configuration, and with it their way around the taps.
    reconfigEnabled: id === 2,
    skipACL: "yes",
    ...(id === 3 ? { peerType: "observer" } : {}),
    ...Object.fromEntries(
      await Promise.all(
        members.map(async (member) => {
          const isTapped = id === 3 || (id === 1 && member.id === 2);
          const isOwn = id === member.id;
          const names = (way: string) =>
            [`${way}: server ${id} to ${member.id}`, `${way}: server ${member.id} to ${id}`] as const;
          const quorum = isTapped && member.id === 2 ? await tap(member.quorum, names("quorum"), true) : member.quorum;
          const election = isTapped && !isOwn ? await tap(member.election, names("election"), false) : member.election;
          return [`server.${member.id}`, `127.0.0.1:${quorum}:${election}${member.id === 3 ? ":observer" : ""}`];
        }),
      ),
    ),
  });
  const servers: ChildProcess[] = [];
  try {
    for (const { id } of members) servers.push(await startServer(join(folder, `${id}`), id, await settings(id)));
    for (const [i, { client }] of members.entries()) await serving(servers[i]!, client);
    const address = ({ client }: { client: number }) => `127.0.0.1:${client}`;
    const added = `server.4=127.0.0.1:${await freePort()}:${await freePort()}:observer;127.0.0.1:${await freePort()}`;
    const clients = [address(follower), address(observer), address(leader), added];
    await promisify(execFile)("java", ["-cp", `${classes}:${CLASSPATH}`, "CaptureQuorum", ...clients]);
    await learn(leader.quorum, "truncated learner", 0, 0x1_0000_0fffn);
    await learn(leader.quorum, "learner with a snapshot", 0, 0n);
  } finally {
    for (const server of servers) server.kill();
  }
}

/** Hellos of version 1 with addresses of every kind: Java's verdict on each. */
const ADDRESSES = [
  "127.0.0.1:3888",
  "localhost:3888",
  "[::1]:3888",
  "[0:0:0:0:0:0:0:1]:65535",
  "[fe80::1%lo]:3888",
  "127.0.0.1:1|[::1]:2|10.0.0.3:3",
  "0.0.0.0:3888",
  "[::]:3888",
  "[0:0:0:0:0:0:0:0]:3888",
  "0.0.0.0:3888|127.0.0.1:3888",
  "127.0.0.1",
  "127.0.0.1:",
  "127.0.0.1:x",
  "127.0.0.1:1:2",
  "127.0.0.1:65536",
  "127.0.0.1:-1",
  "::1:3888",
  "[::1]",
  "[::1]:",
  "[::1:3888",
  "|",
  "|127.0.0.1:1",
];

function hello(address: string): string {
  const text = Buffer.from(address);
  const head = Buffer.alloc(20);
  head.writeBigInt64BE(-65_536n, 0);
  head.writeBigInt64BE(7n, 8);
  head.writeInt32BE(text.length, 16);
  return Buffer.concat([head, text]).toString("hex");
}

async function main(version: string): Promise<void> {
  await using temporary = await mkdtempDisposable(join(tmpdir(), "golden-quorum-"));
  const classes = join(temporary.path, "classes");
  await compile(classes);
  await multiAddress(join(temporary.path, "multi"));
  await ensemble(temporary.path, classes);
  await delay(500);
  const recorded = streams.map(({ name, kind, chunks }) => ({
    name,
    kind,
    hex: Buffer.concat(chunks).toString("hex"),
  }));
  const hellos = ADDRESSES.map((address) => ({ address, hex: hello(address) }));
  const input = [
    ...recorded.map(({ kind, hex }) => `${kind} ${hex}`),
    ...hellos.map(({ hex }) => `hello ${hex}`),
    "notification",
  ];
  const described = java(classes, "DescribeQuorum", [], `${input.join("\n")}\n`)
    .trimEnd()
    .split("\n");
  const verdicts = described.map((line) => JSON.parse(line));
  const parts = {
    streams: lines(
      recorded.map((stream, i) => {
        const { items, bytes } = verdicts[i];
        return { ...stream, hex: stream.hex.slice(0, 2 * bytes), items };
      }),
    ),
    hellos: lines(hellos.map((each, i) => ({ ...each, ...verdicts[recorded.length + i] }))),
    notificationWithoutConfig: ascii(verdicts.at(-1)),
  };
  const text = Object.entries(parts).map(([name, part]) => `${JSON.stringify(name)}: ${part}`);
  await writeFile(join(import.meta.dirname, `quorum-${version}.json`), `{\n${text.join(",\n")}\n}\n`);
}

await main(process.argv[2] ?? "3.8.0");
