import { createHash } from "node:crypto";
import { join } from "node:path";
import { connect, type ZooKeeper } from "@conclave/client";
import type { Logger } from "@conclave/runtime";
import { type EnsembleOptions, startServer, type ZooKeeperServer } from "@conclave/server";
import {
  type Apache,
  apacheMember,
  ensembleCfg,
  freeAddresses,
  removeFolder,
  type ServerAddress,
  temporaryFolder,
  withFreshPorts,
  type ZooCfg,
} from "@conclave/services";
import { eventually } from "@conclave/testing";

/** Program that a member runs. */
export type Kind = "conclave" | "apache";

/** Program and role of a member. */
export type MemberSpec = Kind | `${Kind} observer`;

/** Further settings of all members, for both programs. */
export interface MoreSettings {
  readonly ensemble: EnsembleOptions;
  readonly config: ZooCfg;
  readonly jvmArgs: readonly string[];
}

const NO_MORE: MoreSettings = { ensemble: {}, config: {}, jvmArgs: [] };

/** A member of an ensemble under test. It can be stopped, killed, and replaced by the other program on the same data. */
export interface TestMember {
  readonly id: number;
  readonly kind: Kind;
  readonly connectString: string;
  /** Returns `leader`, `follower` or `observer`; undefined if it does not serve. */
  mode(): Promise<string | undefined>;
  /** Resolves when it serves. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Lines that it has logged. */
  readonly output: string;
}

const HOST = "127.0.0.1";
const TICK_MS = 500;
const SESSION_MS = 60_000;
const SUPER_USER = "root:secret";
const SUPER_DIGEST = `root:${createHash("sha1").update(SUPER_USER).digest("base64")}`;
/** Few, so that our servers recover from snapshots, and have to send them. */
const SNAP_COUNT = 50;

const isReconfigurable = ({ showsClientPort }: ServerAddress): boolean => showsClientPort === true;

class ConclaveMember implements TestMember {
  readonly kind = "conclave";
  readonly id: number;
  readonly #members: readonly ServerAddress[];
  readonly #clientPort: number;
  readonly #folder: string;
  readonly #more: EnsembleOptions;
  readonly #lines: string[] = [];
  #server: ZooKeeperServer | undefined;

  constructor(id: number, members: readonly ServerAddress[], folder: string, more: EnsembleOptions) {
    this.id = id;
    this.#more = more;
    this.#members = members;
    this.#clientPort = members.find((member) => member.id === id)!.clientPort;
    this.#folder = folder;
  }

  get connectString(): string {
    return `${HOST}:${this.#clientPort}`;
  }

  get output(): string {
    return this.#lines.join("\n");
  }

  async mode(): Promise<string | undefined> {
    const mode = this.#server?.mode;
    return mode === "looking" ? undefined : mode;
  }

  async start(): Promise<void> {
    const { initLimit, syncLimit, ...servers } = ensembleCfg(this.#members);
    const lines = Object.entries(servers).map(([key, value]) => `${key}=${value}`);
    this.#server = await startServer({
      ...{ dataDir: join(this.#folder, "data"), clientPort: this.#clientPort, superDigest: SUPER_DIGEST },
      ...{ tickTimeMs: TICK_MS, maxSessionTimeoutMs: SESSION_MS, extendedTypesEnabled: true, logger: this.#logger() },
      ...{ snapCount: SNAP_COUNT, preAllocBytes: 1024 * 1024 },
      ensemble: {
        ...{ id: this.id, servers: lines.join("\n"), reconfigEnabled: this.#members.some(isReconfigurable) },
        initLimit: Number(initLimit),
        syncLimit: Number(syncLimit),
        ...this.#more,
      },
    });
    await this.#server.whenServing().catch((cause: Error) => {
      throw new Error(`server ${this.id} does not serve: ${cause.message}; it logged:\n${this.output}`);
    });
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#server = undefined;
  }

  #logger(): Logger {
    const at =
      (level: string) =>
      (message: string, fields?: object): void => {
        const text = JSON.stringify(fields, (_, value) =>
          typeof value === "bigint" || value instanceof Error ? String(value) : value,
        );
        this.#lines.push(`${new Date().toISOString()} ${level} ${message} ${text ?? ""}`);
      };
    return { debug() {}, info: at("info"), warn: at("warn"), error: at("error") };
  }
}

/** Ensemble whose members run our server in this process, or Apache's in a process of its own. Ids count from 1. */
export class TestEnsemble implements AsyncDisposable {
  readonly members: TestMember[];
  readonly #addresses: readonly ServerAddress[];
  /** Number of servers in the first configuration. */
  readonly #initial: number;
  readonly #folder: string;
  readonly #apache: Apache | undefined;
  readonly #more: MoreSettings;
  readonly #clients: ZooKeeper[] = [];

  private constructor(
    specs: readonly MemberSpec[],
    addresses: readonly ServerAddress[],
    folder: string,
    initial: number,
    apache: Apache | undefined,
    more: MoreSettings,
  ) {
    this.#initial = initial;
    this.#more = more;
    this.#addresses = addresses.map((address, index) =>
      specs[index]!.endsWith(" observer") ? { ...address, role: "observer" } : address,
    );
    this.#folder = folder;
    this.#apache = apache;
    this.members = specs.map((spec, index) => this.#newMember(spec.split(" ")[0] as Kind, index + 1));
  }

  /**
   * Starts the members together. Resolves when all of them serve. With `joining`, the ensemble can be reconfigured: these are
   * further servers, which its configuration does not have yet and which are not started.
   */
  static start(
    specs: readonly MemberSpec[],
    apache?: Apache,
    joining: readonly Kind[] = [],
    more: MoreSettings = NO_MORE,
  ): Promise<TestEnsemble> {
    return withFreshPorts(() => TestEnsemble.#start(specs, apache, joining, more));
  }

  static async #start(
    specs: readonly MemberSpec[],
    apache: Apache | undefined,
    joining: readonly Kind[],
    more: MoreSettings,
  ): Promise<TestEnsemble> {
    const folder = await temporaryFolder("mixed");
    const addresses = (await freeAddresses(specs.length + joining.length)).map((address) =>
      joining.length === 0 ? address : { ...address, role: "participant" as const, showsClientPort: true },
    );
    const ensemble = new TestEnsemble([...specs, ...joining], addresses, folder, specs.length, apache, more);
    try {
      await Promise.all(ensemble.members.slice(0, specs.length).map((member) => member.start()));
      return ensemble;
    } catch (error) {
      await ensemble[Symbol.asyncDispose]();
      throw error;
    }
  }

  get connectString(): string {
    return this.members.map(({ connectString }) => connectString).join(",");
  }

  /** Returns a client of one member, or of all of them. It is closed with the ensemble. */
  async client(member?: TestMember): Promise<ZooKeeper> {
    const zk = await connect(member?.connectString ?? this.connectString, {
      ...{ sessionTimeoutMs: SESSION_MS, connectTimeoutMs: SESSION_MS, backoff: { maxMs: 50 } },
      auth: [{ scheme: "digest", auth: SUPER_USER }],
    });
    this.#clients.push(zk);
    return zk;
  }

  /** Returns the line of a server in the configuration of an ensemble that can be reconfigured. */
  line({ id }: TestMember): string {
    return `server.${id}=${ensembleCfg(this.#addresses)[`server.${id}`]}`;
  }

  /** Resolves with the leader when there is one. */
  async leader(): Promise<TestMember> {
    return eventually(async () => {
      const modes = await Promise.all(this.members.map((member) => member.mode()));
      const leader = this.members[modes.indexOf("leader")];
      if (leader === undefined) throw new Error(`no leader: ${modes}`);
      return leader;
    });
  }

  /** Restarts leaders until one of this kind leads. Resolves with it when all members serve. */
  async ledBy(kind: Kind): Promise<TestMember> {
    for (;;) {
      const leader = await this.leader();
      if (leader.kind === kind) return leader;
      await leader.stop();
      await this.leader();
      await leader.start();
    }
  }

  async followers(): Promise<TestMember[]> {
    const leader = await this.leader();
    return this.members.filter((member) => member !== leader);
  }

  /** Stops a member, and starts the other program on its data. Resolves when that serves. */
  async replace(id: number, kind: Kind): Promise<TestMember> {
    await this.members[id - 1]!.stop();
    const member = this.#newMember(kind, id);
    this.members[id - 1] = member;
    await member.start();
    return member;
  }

  /** Stops members, and starts them again together. Resolves when they serve. */
  async restart(members: readonly TestMember[]): Promise<void> {
    await Promise.all(members.map((member) => member.stop()));
    await Promise.all(members.map((member) => member.start()));
  }

  /** Serves the data of a stopped member without the others: it logs what `work` writes, and no other member does. */
  async alone({ id }: TestMember, work: (zk: ZooKeeper) => Promise<unknown>): Promise<void> {
    const server = await startServer({ dataDir: this.#dataDir(id), clientPort: 0 });
    try {
      await using zk = await connect(server.connectString);
      await work(zk);
    } finally {
      await server.close();
    }
  }

  /** Removes the data of a stopped member. */
  async wipe({ id }: TestMember): Promise<void> {
    await removeFolder(this.#dataDir(id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeClients();
    await Promise.allSettled(this.members.map((member) => member.stop()));
    await removeFolder(this.#folder);
  }

  /** Closes all clients so far, with their sessions. */
  async closeClients(): Promise<void> {
    await Promise.allSettled(this.#clients.splice(0).map((zk) => zk.close()));
  }

  #dataDir(id: number): string {
    return join(this.#folder, String(id), "data");
  }

  #newMember(kind: Kind, id: number): TestMember {
    const folder = join(this.#folder, String(id));
    const members = this.#addresses.filter((address) => address.id <= this.#initial || address.id === id);
    if (kind === "conclave") return new ConclaveMember(id, members, folder, this.#more.ensemble);
    const server = apacheMember({
      ...{ apache: this.#apache!, id, members, folder, logLevel: "INFO" },
      config: {
        ...(members.some(isReconfigurable) ? { reconfigEnabled: true, standaloneEnabled: false } : {}),
        ...this.#more.config,
      },
      jvmArgs: [...this.#more.jvmArgs, `-Dzookeeper.DigestAuthenticationProvider.superDigest=${SUPER_DIGEST}`],
    });
    return {
      ...{ id, kind, connectString: `${HOST}:${server.clientPort}` },
      mode: () => server.mode(),
      start: () => server.restart(),
      stop: () => server.stop(),
      get output() {
        return server.output;
      },
    };
  }
}
