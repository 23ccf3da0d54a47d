/**
 * A process that compares two links between a client and a server in a worker thread: loopback TCP, and a `MessageChannel`. The server
 * answers each request with bytes, and does nothing else; requests of one turn share a write or a message.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type OnReadOpts } from "node:net";
import { isMainThread, MessageChannel, type MessagePort, parentPort, Worker, workerData } from "node:worker_threads";
import { report } from "../processes/child.ts";
import { median } from "../report/statistics.ts";

/** Cost of one request over a link, by the number of requests in flight. */
export interface LinkCost {
  readonly link: LinkName;
  readonly depth: number;
  /** CPU of both threads. */
  readonly cpuUs: number;
  /** Median time until all answers of a turn are there. */
  readonly p50Us: number;
}

export interface LinksDone {
  readonly type: "done";
  readonly costs: readonly LinkCost[];
}

type LinkName = "loopback TCP" | "MessageChannel";

/** Bytes of a getData request for a short path, and of its answer. */
const REQUEST_BYTES = 45;
const ANSWER_BYTES = 105;
const LINKS: readonly LinkName[] = ["loopback TCP", "MessageChannel"];
const DEPTHS = [1, 64] as const;
const TURNS = 10_000;
/** The first round warms up and does not count. */
const ROUNDS = 6;

interface Link {
  /** Sends requests, and calls `onAnswers` with the number of bytes of each read. */
  send(count: number): void;
  onAnswers: (bytes: number) => void;
}

if (isMainThread) await measure();
else if (workerData === "loopback TCP") await serveTcp();
else parentPort!.once("message", serveChannel);

async function serveTcp(): Promise<void> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", (bytes) => socket.write(Buffer.alloc((bytes.length / REQUEST_BYTES) * ANSWER_BYTES)));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  parentPort!.postMessage((server.address() as AddressInfo).port);
}

function serveChannel(port: MessagePort): void {
  port.on("message", (bytes: Uint8Array) => {
    port.postMessage(new Uint8Array((bytes.length / REQUEST_BYTES) * ANSWER_BYTES));
  });
  parentPort!.postMessage("serving");
}

async function measure(): Promise<void> {
  const links = new Map<LinkName, Link>();
  for (const name of LINKS) links.set(name, await openLink(name));
  const costs: LinkCost[] = [];
  for (const depth of DEPTHS) {
    const rounds = new Map(LINKS.map((name) => [name, [] as LinkCost[]]));
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of round % 2 === 0 ? LINKS : LINKS.toReversed()) {
        const cost = await costOf(name, links.get(name)!, depth);
        if (round > 0) rounds.get(name)!.push(cost);
      }
    }
    for (const [link, all] of rounds) {
      const middle = (of: (cost: LinkCost) => number): number => median(all.map(of));
      costs.push({ link, depth, cpuUs: middle(({ cpuUs }) => cpuUs), p50Us: middle(({ p50Us }) => p50Us) });
    }
  }
  await report<LinksDone>({ type: "done", costs });
  process.exit(0);
}

async function openLink(name: LinkName): Promise<Link> {
  const worker = new Worker(new URL(import.meta.url), { workerData: name });
  const link: Link = { send: () => {}, onAnswers: () => {} };
  if (name === "loopback TCP") {
    const [port] = (await once(worker, "message")) as [number];
    const onread: OnReadOpts = {
      buffer: Buffer.alloc(64 * 1024),
      callback: (length) => {
        link.onAnswers(length);
        return true;
      },
    };
    const socket = connect({ host: "127.0.0.1", port, noDelay: true, onread });
    await once(socket, "connect");
    link.send = (count) => void socket.write(Buffer.alloc(count * REQUEST_BYTES));
    return link;
  }
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(port2, [port2]);
  await once(worker, "message");
  port1.on("message", (bytes: Uint8Array) => link.onAnswers(bytes.length));
  link.send = (count) => port1.postMessage(new Uint8Array(count * REQUEST_BYTES));
  return link;
}

async function costOf(name: LinkName, link: Link, depth: number): Promise<LinkCost> {
  const times = new Float64Array(TURNS);
  const before = process.cpuUsage();
  for (let turn = 0; turn < TURNS; turn++) {
    const sentAt = performance.now();
    await new Promise<void>((resolve) => {
      let missing = depth * ANSWER_BYTES;
      link.onAnswers = (bytes) => {
        missing -= bytes;
        if (missing <= 0) resolve();
      };
      link.send(depth);
    });
    times[turn] = (performance.now() - sentAt) * 1000;
  }
  const { user, system } = process.cpuUsage(before);
  return { link: name, depth, cpuUs: (user + system) / (TURNS * depth), p50Us: median(times) };
}
