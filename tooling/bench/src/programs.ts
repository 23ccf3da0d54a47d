import { benchAdapters } from "./adapters-bench/bench-adapters.ts";
import { benchClient } from "./client-bench/bench-client.ts";
import { soakClient } from "./client-soak/soak-client.ts";
import { soakPayouts } from "./payouts-soak/soak-payouts.ts";
import { benchRecipes } from "./recipes-bench/bench-recipes.ts";
import { soakRecipes } from "./recipes-soak/soak-recipes.ts";
import { benchServer } from "./server-bench/bench-server.ts";
import { soakServer } from "./server-soak/soak-server.ts";

/** Something that `pnpm bench <name>` or `pnpm soak <name>` runs. */
export interface Program {
  readonly about: string;
  /** Runs it with its own options, and resolves to the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** Everything there is: `pnpm <kind> <name>`. A new one is a file with one function, and a line here. */
export const programs: Readonly<Record<string, Readonly<Record<string, Program>>>> = {
  bench: {
    adapters: { about: "guarded calls and queues beside bare ones", run: benchAdapters },
    client: { about: "the client beside node-zookeeper-client and zookeeper", run: benchClient },
    recipes: { about: "our recipes beside Curator's", run: benchRecipes },
    server: { about: "our server beside Apache ZooKeeper's", run: benchServer },
  },
  soak: {
    client: { about: "the client for minutes behind a proxy that breaks its connections", run: soakClient },
    payouts: { about: "the sample that pays out, through kills, lost sessions and Redis restarts", run: soakPayouts },
    recipes: { about: "the recipes for minutes in processes that are cut off, paused and expire", run: soakRecipes },
    server: { about: "the server for minutes through losses of power, full disks and SIGKILL", run: soakServer },
  },
};

/** The program of this name, or what to tell whoever asked for one that there is not. */
export function findProgram(
  kind: string | undefined,
  name: string | undefined,
): { readonly program: Program } | { readonly problem: string } {
  const ofKind = own(programs, kind);
  const program = ofKind && own(ofKind, name);
  if (program !== undefined) return { program };
  const kinds = ofKind === undefined ? Object.keys(programs) : [kind!];
  const asked = name === undefined || ofKind === undefined ? "" : `There is no ${kind} "${name}". `;
  const list = kinds.flatMap((each) =>
    Object.entries(programs[each]!).map(([key, { about }]) => `  pnpm ${each} ${key.padEnd(12)}${about}\n`),
  );
  return { problem: `${asked}There is:\n${list.join("")}` };
}

function own<T>(table: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
