import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "@conclave/server";
import { apacheMember, ensembleCfg, fourLetterWord, freeAddresses, type ServerAddress } from "@conclave/services";
import { eventually } from "@conclave/testing";
import { apache } from "@conclave/vitest";
import { onTestFinished } from "vitest";
import { type HeldLink, openHeldLink } from "./held-link.ts";

/**
 * A member that receives nothing for `syncLimit` ticks leaves the ensemble: long enough for a busy machine. A member that has
 * elected another leader than the others waits for `initLimit`, which must not take the whole time of a test.
 */
const LIMITS = { initLimit: 20, syncLimit: 200 } as const;

/** Ensemble of three, of which one follower can be made to lag. */
export interface LaggingEnsemble {
  /** Connect string of the follower that can lag. */
  readonly follower: string;
  /** Connect string of the leader. */
  readonly leader: string;
  /** Connect string of the other follower. */
  readonly other: string;
  /** Holds back all that the leader sends to the follower. */
  hold(): void;
  release(): void;
}

type StartMember = (id: number, seen: readonly ServerAddress[], folder: string) => Promise<() => Promise<unknown>>;

const startConclave: StartMember = async (id, seen, folder) => {
  const servers = seen.map((one) => `server.${one.id}=127.0.0.1:${one.quorumPort}:${one.electionPort}`).join("\n");
  const { clientPort } = seen.find((one) => one.id === id)!;
  const times = { tickTimeMs: 500, maxSessionTimeoutMs: 60_000 };
  const server = await startServer({ ...times, dataDir: folder, clientPort, ensemble: { id, servers, ...LIMITS } });
  await server.whenServing();
  return () => server.close();
};

const startApache: StartMember = async (id, seen, folder) => {
  const server = apacheMember({
    apache: apache(),
    id,
    members: seen,
    folder,
    config: { ...ensembleCfg(seen), ...LIMITS },
  });
  await server.restart();
  return () => server.stop();
};

/** Starts three members, each of which reaches the others through links. They are stopped at the end of the test. */
export async function startLaggingEnsemble(kind: "conclave" | "apache"): Promise<LaggingEnsemble> {
  const addresses = await freeAddresses(3);
  const folder = await mkdtemp(join(tmpdir(), "conclave-lagging-"));
  const links = new Map<number, HeldLink[]>();
  const stops: (() => Promise<unknown>)[] = [];
  onTestFinished(async () => {
    for (const link of [...links.values()].flat()) link.close();
    await Promise.allSettled(stops.map((stop) => stop()));
    await rm(folder, { recursive: true, force: true });
  });
  const startMember = kind === "conclave" ? startConclave : startApache;
  await Promise.all(
    addresses.map(async ({ id }) => {
      const seen = await addressesSeenBy(id, addresses, links);
      stops.push(await startMember(id, seen, join(folder, String(id))));
    }),
  );
  const modes = await eventually(async () => {
    const found = await Promise.all(addresses.map((address) => modeOf(address)));
    if (found.filter((mode) => mode === "leader").length !== 1) throw new Error(`no leader: ${found.join()}`);
    return found;
  });
  const leader = addresses[modes.indexOf("leader")]!;
  const [follower, other] = addresses.filter((address) => address !== leader) as [ServerAddress, ServerAddress];
  return {
    ...{ follower: clientAddress(follower), leader: clientAddress(leader), other: clientAddress(other) },
    hold: () => {
      for (const link of links.get(follower.id)!) link.hold();
    },
    release: () => {
      for (const link of links.get(follower.id)!) link.release();
    },
  };
}

const clientAddress = ({ clientPort }: ServerAddress): string => `127.0.0.1:${clientPort}`;

async function modeOf({ clientPort }: ServerAddress): Promise<string | undefined> {
  return /^Mode: (\w+)$/m.exec(await fourLetterWord({ port: clientPort, word: "srvr" }))?.[1];
}

/** Returns the addresses for the settings of one member: the quorum ports of the others are links. */
async function addressesSeenBy(
  id: number,
  addresses: readonly ServerAddress[],
  links: Map<number, HeldLink[]>,
): Promise<readonly ServerAddress[]> {
  const own: HeldLink[] = [];
  links.set(id, own);
  return Promise.all(
    addresses.map(async (address) => {
      if (address.id === id) return address;
      const link = await openHeldLink(address.quorumPort);
      own.push(link);
      return { ...address, quorumPort: link.port };
    }),
  );
}
