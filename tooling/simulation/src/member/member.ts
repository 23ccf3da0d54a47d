import type { Logger, Random } from "@conclave/runtime";
import {
  Database,
  type DataTree,
  type EnsembleConfiguration,
  FileStorage,
  LeaderRole,
  LearnerRole,
  MAX_RECORD_BYTES,
  MemberState,
  Peer,
  type PeerHost,
  type ResolvedServerOptions,
  type Role,
  resolveServerOptions,
  sessionPassword,
  Ticker,
} from "@conclave/server/simulation";
import { isDiskFault } from "../disk/virtual-disk.ts";
import type { VirtualNetwork } from "../network/virtual-network.ts";
import type { Life } from "../time/life.ts";
import type { Scheduler } from "../time/scheduler.ts";
import { VirtualClientPort } from "./client-port.ts";
import type { Machine } from "./machine.ts";
import { checked, type Observed, observeState, observeTree } from "./observe-member.ts";

/** Port of a member for clients. */
export const CLIENT_PORT = 2181;

const OBSERVER_MASTER_PORT = 2191;

export interface MemberSettings {
  readonly tickMs: number;
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly snapCount: number;
  readonly preAllocBytes: number;
  readonly purgeIntervalMs: number;
  /** True if followers serve the observers. */
  readonly hasObserverMasters: boolean;
  /** True if the members of the ensemble change. */
  readonly reconfigEnabled: boolean;
}

export interface MemberOptions {
  readonly id: number;
  readonly machine: Machine;
  readonly life: Life;
  readonly scheduler: Scheduler;
  readonly network: VirtualNetwork;
  readonly configuration: EnsembleConfiguration;
  readonly settings: MemberSettings;
  readonly random: Random;
  readonly logger: Logger;
  readonly observed: Observed;
  /** Called with the state that was recovered. */
  readonly onState: (state: MemberState) => void;
  /** Called before clients are served in a role. */
  readonly onRole: (role: Role, tree: DataTree) => void;
  /** The process has to end: the disk has failed, or it was stopped. */
  readonly onExit: () => void;
  /** The process has ended, because its stored configuration does not list it. */
  readonly onRemoved: () => void;
  /** Something that must never happen. */
  readonly onDefect: (error: unknown) => void;
}

/** Returns true for the error of a server that its stored configuration does not list any more. */
function isRemoved(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes("is not in the configuration");
}

/** One process of the real server, composed as `packages/server/src/server.ts` does, on a virtual clock, network and disk. */
export class SimulatedMember {
  readonly #options: MemberOptions;
  readonly #server: ResolvedServerOptions;
  readonly #clients: VirtualClientPort;
  readonly #ticker: Ticker;
  readonly #defer: (task: () => void) => void;
  #state: MemberState | undefined;
  #peer: Peer | undefined;
  #role: Role | undefined;
  #epoch = 0;

  constructor(options: MemberOptions) {
    const { settings, machine, life, scheduler, random, logger } = options;
    const clock = machine.time.clockOf(life);
    this.#options = options;
    this.#defer = (task) => scheduler.defer(life, task);
    this.#server = resolveServerOptions({
      ...{ dataDir: "/data", tickTimeMs: settings.tickMs, snapCount: settings.snapCount, clock, random, logger },
      ...{ preAllocBytes: settings.preAllocBytes, purgeIntervalMs: settings.purgeIntervalMs },
      // Every client may change the members.
      skipAcl: settings.reconfigEnabled,
      minSessionTimeoutMs: settings.tickMs,
      maxSessionTimeoutMs: settings.tickMs * 100,
    });
    this.#clients = new VirtualClientPort(this.#server, { clock, random, logger });
    this.#ticker = new Ticker(clock, settings.tickMs, () => this.#role?.tick(), this.#defer);
  }

  /** Role in which it serves clients; `undefined` while it serves none. */
  get role(): Role | undefined {
    return this.#clients.isServing ? this.#role : undefined;
  }

  get state(): MemberState | undefined {
    return this.#state;
  }

  /** Starts the process. */
  start(): void {
    this.#start().catch((error: unknown) => {
      if (isRemoved(error)) this.#options.onRemoved();
      else if (isDiskFault(error)) this.#options.onExit();
      else this.#options.onDefect(error);
    });
  }

  /** Stops the process in order: the leader hands over, and accepted writes are finished. */
  stop(): void {
    this.#ticker.stop();
    this.#role?.stop();
    const closed = this.#peer === undefined ? Promise.resolve() : this.#peer.close();
    closed.then(this.#options.onExit, this.#options.onExit);
  }

  async #start(): Promise<void> {
    const { id, machine, life, network, configuration, settings, logger, observed, onState, onExit } = this.#options;
    const { clock } = this.#server;
    const { tickMs, initLimit, syncLimit, reconfigEnabled, hasObserverMasters } = settings;
    const state = await MemberState.open({
      ...{ id: BigInt(id), configuration, reconfigEnabled },
      openDatabase: () => this.#openDatabase(),
      onFailure: () => onExit(),
    });
    this.#state = state;
    checked(observed, () => {
      observed.disk.recovered(state.lastZxid);
      observed.disk.sawEpochs(state.acceptedEpoch, state.currentEpoch);
    });
    observeState(state, observed);
    onState(state);
    this.#peer = new Peer({
      ...{
        id: BigInt(id),
        state,
        host: this.#peerHost(),
        network: network.networkOf(life, machine.host),
        clock,
        logger,
      },
      ...{ initLimitMs: initLimit * tickMs, syncLimitMs: syncLimit * tickMs, tickMs },
      ...{ maxPacketBytes: MAX_RECORD_BYTES, defer: this.#defer, reconfigEnabled, random: this.#options.random },
      ...(hasObserverMasters && { observerMasterPort: OBSERVER_MASTER_PORT, observerElectionDelayMs: tickMs }),
    });
    const address = { host: machine.host, port: CLIENT_PORT };
    await network.listen(life, address, (socket) => this.#clients.accept(socket), true);
    await this.#peer.start();
    this.#ticker.start();
  }

  async #openDatabase(): Promise<Database> {
    const { machine, life, logger, observed } = this.#options;
    const { clock, preAllocBytes, purgeIntervalMs } = this.#server;
    const storage = new FileStorage({
      ...{ dataDir: "/data", files: machine.disk.layerOf(life), preAllocBytes, purgeIntervalMs, clock, logger },
    });
    try {
      const database = await Database.recover(storage, this.#server);
      const { tree } = database;
      const { history, name } = observed;
      checked(observed, () => history.checkTree(name, tree, history.known.get(tree.lastZxid)));
      observeTree(database, observed);
      return database;
    } catch (error) {
      await storage.close().catch(() => {});
      throw error;
    }
  }

  #peerHost(): PeerHost {
    const { id, observed, onRole } = this.#options;
    const { name, history, disk } = observed;
    const parts = (database: Database) => ({
      ...{ database, options: this.#server, passwordOf: sessionPassword, audit: undefined, serverId: id },
      onBatchApplied: () => this.#clients.writers.flushAll(),
      onSessionExpired: () => {},
    });
    return {
      newLearnerRole: (mode, database, leader) => new LearnerRole({ ...parts(database), mode, leader }),
      newLeaderRole: (database, epoch, replicator, reconfiguration) => {
        this.#epoch = epoch;
        return new LeaderRole({ ...parts(database), epoch, replicator, reconfiguration });
      },
      serve: (database, role) => {
        if (role.mode === "leader") checked(observed, () => history.established(name, this.#epoch, disk.last));
        this.#role = role;
        onRole(role, database.tree);
        this.#clients.serve(database, role);
        role.start();
      },
      suspend: () => {
        this.#clients.suspend();
        this.#role?.stop();
        this.#role = undefined;
        this.#clients.destroyConnections();
      },
    };
  }
}
