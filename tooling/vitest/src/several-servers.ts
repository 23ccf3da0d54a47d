import { join } from "node:path";
import { startServer, type ZooKeeperServer } from "@conclave/server";
import {
  type ApacheServer,
  apacheMember,
  apacheOnce,
  ensembleCfg,
  freeAddresses,
  orThrow,
  removeFolder,
  temporaryFolder,
  withFreshPorts,
} from "@conclave/services";

/** Program that a member of an ensemble runs. */
export type MemberKind = "conclave" | "apache";

/** An ensemble of our servers, in this process, and of Apache's, each in a process of its own. */
export interface SeveralServers {
  readonly connectString: string;
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

/**
 * Starts one ensemble whose members run these programs, by ascending id. The one with the largest id leads: it is elected if no
 * member has a history. Resolves when all members serve. The timeouts are those of Apache's servers in tests: 1 to 60 seconds for
 * a session, and 5 seconds in which members must hear of each other, so that a busy machine causes no election.
 */
export function startSeveralServers(kinds: readonly MemberKind[]): Promise<SeveralServers> {
  return withFreshPorts(() => start(kinds));
}

async function start(kinds: readonly MemberKind[]): Promise<SeveralServers> {
  const apache = kinds.includes("apache") ? orThrow(await apacheOnce()) : undefined;
  const folder = await temporaryFolder("several");
  const members = await freeAddresses(kinds.length);
  const { initLimit, syncLimit, ...servers } = ensembleCfg(members);
  const lines = Object.entries(servers).map(([key, value]) => `${key}=${value}`);
  const started: (ZooKeeperServer | ApacheServer)[] = [];
  const startMember = async (kind: MemberKind, index: number): Promise<void> => {
    const { id, clientPort } = members[index]!;
    if (kind === "apache" && apache !== undefined) {
      const server = apacheMember({ apache, id, members, folder: join(folder, String(id)) });
      started.push(server);
      return server.restart();
    }
    const server = await startServer({
      ...{ dataDir: join(folder, String(id)), clientPort, tickTimeMs: 500, minSessionTimeoutMs: 1_000 },
      ...{ maxSessionTimeoutMs: 60_000, maxClientConnections: 0, extendedTypesEnabled: true, fourLetterWords: "*" },
      ensemble: {
        ...{ id, servers: lines.join("\n") },
        initLimit: Number(initLimit),
        syncLimit: Number(syncLimit),
      },
    });
    started.push(server);
    await server.whenServing();
  };
  const close = async (): Promise<void> => {
    await Promise.all(started.map((server) => ("stop" in server ? server.stop() : server.close())));
    await removeFolder(folder);
  };
  try {
    await Promise.all(kinds.map(startMember));
  } catch (error) {
    await close();
    throw error;
  }
  return { connectString: members.map(({ clientPort }) => `${HOST}:${clientPort}`).join(","), close };
}
