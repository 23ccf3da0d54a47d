import type { ReconfigRequest } from "@conclave/protocol";
import { type Random, randomInt } from "@conclave/runtime";
import { EnsembleConfiguration } from "@conclave/server/simulation";
import { type Node, serverLine, type World } from "../world/world.ts";

/** Time in milliseconds after which a removed member is switched off, if it was removed. */
const SWITCH_OFF_MS = 1500;

/** Returns a request for other members, and prepares their machines; `undefined` if the chosen one is impossible. */
export function nextRequest(world: World, random: Random): ReconfigRequest | undefined {
  const choice = random.float();
  if (choice < 0.2) return join(world, random);
  if (choice < 0.35) return leave(world, random);
  return changeRole(world, random);
}

const request = (change: Partial<ReconfigRequest>): ReconfigRequest => ({
  ...{ joiningServers: null, leavingServers: null, newMembers: null, curConfigId: -1n },
  ...change,
});

function one<T>(random: Random, of: readonly T[]): T | undefined {
  return of[randomInt(random, of.length)];
}

/** A member that votes becomes an observer, or the other way. */
function changeRole({ history }: World, random: Random): ReconfigRequest | undefined {
  const { members } = history.configurations.current;
  const member = one(random, [...members.values()]);
  if (member === undefined) return undefined;
  const role = member.role === "participant" ? "observer" : "participant";
  const joiningServers = serverLine(Number(member.id), role);
  if (random.float() < 0.7) return request({ joiningServers });
  const others = [...members.values()].filter(({ id }) => id !== member.id);
  const lines = others.map(({ id, role: kept }) => serverLine(Number(id), kept));
  return request({ newMembers: [...lines, joiningServers].join(",") });
}

/** A machine that was no member starts, and joins. */
function join(world: World, random: Random): ReconfigRequest | undefined {
  const { members } = world.history.configurations.current;
  const spare = one(
    random,
    world.nodes.filter(({ id, isHeldDown, disk }) => isHeldDown && !members.has(BigInt(id)) && disk.last === 0n),
  );
  if (spare === undefined) return undefined;
  const role = random.float() < 0.7 ? "participant" : "observer";
  // It is given the others, and itself without a vote: its configuration counts nowhere.
  const lines = [...members.values()].map((member) => serverLine(Number(member.id), member.role));
  spare.configuration = EnsembleConfiguration.parse([...lines, serverLine(spare.id, "observer")].join("\n"));
  spare.isHeldDown = false;
  spare.machine.start();
  return request({ joiningServers: serverLine(spare.id, role) });
}

/** A member leaves. It is switched off when that is done. */
function leave(world: World, random: Random): ReconfigRequest | undefined {
  const { configurations } = world.history;
  const ids = [...configurations.current.members.keys()];
  if (ids.length <= 3) return undefined;
  const id = one(random, ids)!;
  const node = world.nodes.find((each) => BigInt(each.id) === id)!;
  world.scheduler.after(SWITCH_OFF_MS, undefined, () => {
    if (!configurations.current.members.has(id)) switchOff(world, node);
  });
  return request({ leavingServers: String(id) });
}

function switchOff({ note }: World, node: Node): void {
  note(`member ${node.id}`, "is no member any more, and is switched off");
  node.isHeldDown = true;
  node.machine.kill();
  node.member = undefined;
}
