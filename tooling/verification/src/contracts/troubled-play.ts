import type { ZooKeeper } from "@conclave/client";
import { type Random, randomInt } from "@conclave/runtime";
import type { FaultProxy } from "@conclave/testing";
import type { Stage } from "./stage.ts";

/** A client behind a proxy of its own. */
export interface TroubledActor {
  readonly name: string;
  readonly zk: ZooKeeper;
  readonly proxy: FaultProxy;
}

/** Connections break and replies are lost; the session goes on. */
const TROUBLES: readonly ((proxy: FaultProxy) => unknown)[] = [
  (proxy) => proxy.cut(),
  (proxy) => proxy.cut("end"),
  (proxy) => proxy.loseReply("multi"),
  (proxy) => proxy.loseRequest("multi"),
  (proxy) => proxy.loseReply("create2"),
  (proxy) => proxy.loseReply("setData"),
  (proxy) => proxy.loseRequest("setData"),
  (proxy) => proxy.loseReply("delete"),
  (proxy) => proxy.loseReply(),
];

/** So many clients, on all servers of the ensemble. */
export async function troubledActors(stage: Stage, count: number): Promise<TroubledActor[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const proxy = await stage.proxy(stage.servers[index % stage.servers.length]);
      const { zk } = await stage.actor(proxy);
      return { name: `p${index}`, zk, proxy };
    }),
  );
}

/** Has each actor make its moves, one after the other; before one move in three, something goes wrong with its connection. */
export async function playTroubled(
  actors: readonly TroubledActor[],
  random: Random,
  moves: number,
  move: (actor: TroubledActor) => Promise<unknown>,
): Promise<void> {
  const play = async (actor: TroubledActor): Promise<void> => {
    for (let made = 0; made < moves; made++) {
      if (randomInt(random, 3) === 0) pick(random, TROUBLES)(actor.proxy);
      await move(actor);
    }
  };
  await Promise.all(actors.map(play));
}

/** One of several, by chance. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[randomInt(random, choices.length)]!;
}
