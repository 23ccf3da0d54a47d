import { benchAdapters } from "./adapters-bench/bench-adapters.ts";
import { benchClient } from "./client-bench/bench-client.ts";
import { soakClient } from "./client-soak/soak-client.ts";
import { benchEmbedded } from "./embedded-bench/bench-embedded.ts";
import { soakEmbedded } from "./embedded-soak/soak-embedded.ts";
import { benchEnsemble } from "./ensemble-bench/bench-ensemble.ts";
import { soakEnsemble } from "./ensemble-soak/soak-ensemble.ts";
import { soakScopes } from "./ensemble-soak/soak-scopes.ts";
import { soakFailover } from "./failover-soak/soak-failover.ts";
import { soakPayouts } from "./payouts-soak/soak-payouts.ts";
import { benchRecipes } from "./recipes-bench/bench-recipes.ts";
import { soakRecipes } from "./recipes-soak/soak-recipes.ts";
import { benchServer } from "./server-bench/bench-server.ts";
import { soakServer } from "./server-soak/soak-server.ts";

/** A program of `pnpm bench <name>` or `pnpm soak <name>`. */
export interface Program {
  readonly about: string;
  /** Runs the program with its own options, and resolves to the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** All programs: `pnpm <kind> <name>`. A new one needs a file with one function, and a line here. */
export const programs: Readonly<Record<string, Readonly<Record<string, Program>>>> = {
  bench: {
    adapters: { about: "cost of guarded calls and queues, compared with bare ones", run: benchAdapters },
    client: { about: "the client, compared with node-zookeeper-client and zookeeper", run: benchClient },
    embedded: { about: "an app that carries a member, compared with servers beside it", run: benchEmbedded },
    ensemble: { about: "three of our servers, compared with three of Apache ZooKeeper's", run: benchEnsemble },
    recipes: { about: "our recipes, compared with Curator's", run: benchRecipes },
    server: { about: "our server, compared with Apache ZooKeeper's", run: benchServer },
  },
  soak: {
    client: { about: "the client, for minutes, through a proxy that breaks its connections", run: soakClient },
    embedded: {
      about: "replicas of a sample app that carry their ensemble, killed, stopped, paused and emptied",
      run: soakEmbedded,
    },
    ensemble: {
      about: "whole ensembles, simulated on a virtual clock, network and disk, through any number of faults",
      run: soakEnsemble,
    },
    failover: {
      about: "an ensemble of three servers or more, whose processes are killed and paused",
      run: soakFailover,
    },
    payouts: { about: "the sample that pays out, through kills, lost sessions and Redis restarts", run: soakPayouts },
    recipes: {
      about: "the recipes, for minutes, in processes that are disconnected, paused and lose their sessions",
      run: soakRecipes,
    },
    scopes: { about: "the machines of Zab of three servers, in every order of steps", run: soakScopes },
    server: { about: "the server, for minutes, through losses of power, full disks and SIGKILL", run: soakServer },
  },
};

/** Returns the program of this name, or a text that lists the existing ones. */
export function findProgram(
  kind: string | undefined,
  name: string | undefined,
): { readonly program: Program } | { readonly problem: string } {
  const ofKind = own(programs, kind);
  const program = ofKind && own(ofKind, name);
  if (program !== undefined) return { program };
  const kinds = ofKind === undefined ? Object.keys(programs) : [kind!];
  const unknown = name === undefined || ofKind === undefined ? "" : `There is no ${kind} "${name}". `;
  const list = kinds.flatMap((each) =>
    Object.entries(programs[each]!).map(([key, { about }]) => `  pnpm ${each} ${key.padEnd(12)}${about}\n`),
  );
  return { problem: `${unknown}Programs:\n${list.join("")}` };
}

function own<T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
