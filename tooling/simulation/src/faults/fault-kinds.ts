import { type Random, randomInt } from "@conclave/runtime";
import type { Node, World } from "../world/world.ts";
import { nextRequest } from "./reconfiguration.ts";

/** Causes a fault. It ends by itself, or when `heal` in fault-plan.ts ends all of them. */
export type Fault = (world: World, random: Random) => void;

const one = <T>(random: Random, of: readonly T[]): T => of[randomInt(random, of.length)]!;

/** Returns a member: the leader half of the time. */
function victim({ running: nodes }: World, random: Random): Node {
  const leader = nodes.find(({ member }) => member?.role?.mode === "leader");
  return leader !== undefined && random.float() < 0.5 ? leader : one(random, nodes);
}

function duration(random: Random): number {
  return random.float() < 0.7 ? 50 + random.float() * 1500 : 1500 + random.float() * 4000;
}

/** Blocks ways between hosts for a time. */
function partition(world: World, random: Random, ways: readonly (readonly [from: string, to: string])[]): void {
  const { links, scheduler } = world;
  world.note("network", `blocks ${ways.map(([from, to]) => `${from}>${to}`).join(" ")}`);
  for (const [from, to] of ways) links.block(from, to);
  scheduler.after(duration(random), undefined, () => {
    for (const [from, to] of ways) links.open(from, to);
  });
}

function between(a: readonly string[], b: readonly string[]): [string, string][] {
  return a.flatMap((from) =>
    b.flatMap((to): [string, string][] =>
      from === to
        ? []
        : [
            [from, to],
            [to, from],
          ],
    ),
  );
}

const hosts = ({ running: nodes }: World): string[] => nodes.map(({ machine }) => machine.host);

function shuffled<T>(random: Random, of: readonly T[]): T[] {
  const rest = [...of];
  return Array.from(of, () => rest.splice(randomInt(random, rest.length), 1)[0]!);
}

const isolate: Fault = (world, random) => {
  const { host } = victim(world, random).machine;
  partition(world, random, between([host], hosts(world)));
};

const halves: Fault = (world, random) => {
  const all = shuffled(random, hosts(world));
  const count = 1 + randomInt(random, all.length - 1);
  partition(world, random, between(all.slice(0, count), all.slice(count)));
};

/** Two groups that see each other only through one member. */
const bridge: Fault = (world, random) => {
  const [, ...rest] = shuffled(random, hosts(world));
  const count = 1 + randomInt(random, rest.length - 1);
  partition(world, random, between(rest.slice(0, count), rest.slice(count)));
};

const oneWay: Fault = (world, random) => {
  const { host } = victim(world, random).machine;
  const others = hosts(world).filter((each) => each !== host);
  const some = random.float() < 0.5 ? others : [one(random, others)];
  const isOut = random.float() < 0.5;
  partition(
    world,
    random,
    some.map((each): [string, string] => (isOut ? [host, each] : [each, host])),
  );
};

const clientPartition: Fault = (world, random) => {
  const { host } = one(random, world.clients);
  const members = random.float() < 0.3 ? hosts(world) : [victim(world, random).machine.host];
  partition(world, random, between([host], members));
};

const cut: Fault = ({ network, note }, random) => {
  const connections = network.connections();
  if (connections.length === 0) return;
  const socket = one(random, connections);
  note("network", `cuts ${socket.local} - ${socket.remote}`);
  network.reset(socket);
  if (socket.peer !== undefined) network.reset(socket.peer);
};

/** Both ends think that the connection exists, until they send something. */
const halfOpen: Fault = ({ network, note }, random) => {
  const connections = network.connections();
  if (connections.length === 0) return;
  const socket = one(random, connections);
  note("network", `forgets ${socket.local} - ${socket.remote}`);
  socket.isForgotten = true;
  if (socket.peer !== undefined) socket.peer.isForgotten = true;
};

const slowNetwork: Fault = ({ links, scheduler }, random) => {
  links.slowness = 2 + random.float() * 60;
  scheduler.after(duration(random), undefined, () => {
    links.slowness = 1;
  });
};

const kill: Fault = (world, random) => {
  const node = victim(world, random);
  world.note(`member ${node.id}`, "is killed");
  node.machine.kill();
  node.member = undefined;
  world.startLater(node, random.float() * 2000);
};

function losePower(world: World, node: Node): void {
  world.note(`member ${node.id}`, "loses power");
  node.machine.losePower();
  node.member = undefined;
}

const powerLoss: Fault = (world, random) => {
  const node = victim(world, random);
  losePower(world, node);
  world.startLater(node, random.float() * 3000);
};

/** All members, or a quorum of them, at one moment. */
const ensemblePowerLoss: Fault = (world, random) => {
  const all = shuffled(random, world.running);
  const count = random.float() < 0.5 ? all.length : Math.floor(all.length / 2) + 1;
  for (const node of all.slice(0, count)) {
    losePower(world, node);
    world.startLater(node, random.float() * 1000);
  }
};

/** A process stops in order, and is started again. */
const stop: Fault = (world, random) => {
  const { id, member } = victim(world, random);
  world.note(`member ${id}`, "is stopped");
  member?.stop();
};

const pause: Fault = (world, random) => {
  const { id, machine } = victim(world, random);
  const { life } = machine;
  world.note(`member ${id}`, "is paused");
  machine.pause();
  world.scheduler.after(duration(random), undefined, () => {
    if (machine.life === life) machine.resume();
  });
};

const slowDisk: Fault = (world, random) => {
  const { disk } = victim(world, random).machine;
  disk.slowness = 5 + random.float() * 100;
  world.scheduler.after(duration(random), undefined, () => {
    disk.slowness = 1;
  });
};

const diskError: Fault = (world, random) => {
  const { id, machine } = victim(world, random);
  world.note(`member ${id}`, "has a disk error");
  machine.disk.failing = 1;
};

const fullDisk: Fault = (world, random) => {
  const { id, machine } = victim(world, random);
  world.note(`member ${id}`, "has a full disk");
  machine.disk.isFull = true;
  world.scheduler.after(duration(random), undefined, () => {
    machine.disk.isFull = false;
  });
};

const clockRate: Fault = (world, random) => {
  const { time } = victim(world, random).machine;
  time.setRate(0.8 + random.float() * 0.4);
  world.scheduler.after(duration(random) * 3, undefined, () => time.setRate(1));
};

const clockJump: Fault = (world, random) => victim(world, random).machine.time.jump((random.float() - 0.5) * 1e8);

const clientCrash: Fault = (world, random) => one(random, world.clients).crash();

const clientPause: Fault = (world, random) => {
  const client = one(random, world.clients);
  client.pause();
  world.scheduler.after(duration(random), undefined, () => client.resume());
};

/** A change of the ensemble's members, requested by some client. */
const reconfiguration: Fault = (world, random) => {
  const request = nextRequest(world, random);
  if (request === undefined) return;
  const client = one(random, world.clients);
  const isSent = client.reconfigure(request);
  const { joiningServers, leavingServers, newMembers } = request;
  const change = newMembers ?? `join ${joiningServers}, leave ${leavingServers}`;
  world.note("client", `${client.host} ${isSent ? "asks" : "cannot ask"} for ${change}`);
};

/** All kinds of faults by name, each with its weight. */
export const FAULTS: Readonly<Record<string, readonly [weight: number, fault: Fault]>> = {
  "partition: one member": [8, isolate],
  "partition: two groups": [6, halves],
  "partition: bridge": [4, bridge],
  "partition: one way": [8, oneWay],
  "partition: client": [5, clientPartition],
  "connection cut": [8, cut],
  "connection half open": [5, halfOpen],
  "slow network": [3, slowNetwork],
  "process killed": [8, kill],
  "power lost": [10, powerLoss],
  "power lost by a quorum": [3, ensemblePowerLoss],
  "process stopped in order": [4, stop],
  "process paused": [8, pause],
  "slow disk": [5, slowDisk],
  "disk error": [3, diskError],
  "full disk": [2, fullDisk],
  "clock too fast or slow": [3, clockRate],
  "clock jump": [2, clockJump],
  reconfiguration: [10, reconfiguration],
  "client killed": [3, clientCrash],
  "client paused": [2, clientPause],
};
