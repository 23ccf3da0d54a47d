import {
  EnsembleError,
  type EnsembleFolder,
  type EnsembleFolderOptions,
  type MemberPlace,
  prepareEnsembleFolder,
} from "./ensemble-folder.js";
import {
  type EnsembleChange,
  type EnsembleState,
  initialState,
  type MemberEvent,
  type MemberMode,
  nextState,
} from "./ensemble-state.js";
import { type MemberExit, MemberProcess } from "./member-process.js";

/** Settings of {@link startEnsembleProcesses}. */
export interface EnsembleProcessesOptions {
  /** Number of servers, 3 or more. */
  readonly servers: number;
  /**
   * Folder of the data, which may hold those of an earlier ensemble of as many servers.
   * @default a temporary folder, removed at the end
   */
  readonly dataDir?: string | undefined;
  /**
   * Client port of the first server; the next ones follow.
   * @default free ports
   */
  readonly port?: number | undefined;
  /**
   * Tick of the servers in milliseconds: a session timeout is at least two.
   * @default 500
   */
  readonly tickTimeMs?: number | undefined;
  /** Ends the start; the servers that have started are stopped then. */
  readonly signal?: AbortSignal | undefined;
  /** Called for each change, before and after the start, until the servers are stopped. */
  readonly onChange?: ((change: EnsembleProcessChange) => void) | undefined;
}

/** Change of the leader or of a server, or the end of a server's process that was not asked for by {@link EnsembleProcesses.close}. */
export type EnsembleProcessChange = EnsembleChange | ({ readonly type: "ended"; readonly id: number } & MemberExit);

/** A server of an ensemble. */
export interface EnsembleMember extends MemberPlace {
  readonly mode: MemberMode;
  /** Process id; `undefined` after its end. */
  readonly pid: number | undefined;
}

/** Servers of one ensemble, each in a process of its own. */
export interface EnsembleProcesses extends AsyncDisposable {
  /** Connect string for clients: all servers. */
  readonly connectString: string;
  /** Folder with the data of all servers. */
  readonly path: string;
  /** State of the servers now, by ascending id from 1. */
  readonly members: readonly EnsembleMember[];
  /** Id of the leader; `undefined` while there is none. */
  readonly leader: number | undefined;
  /** Sends a signal to the process of a server. Resolves at its end with SIGKILL and SIGTERM, otherwise at once. */
  kill(id: number, signal: NodeJS.Signals): Promise<void>;
  /** Starts a server that has ended again, with its data and its port. Resolves when it serves clients. */
  restart(id: number): Promise<void>;
  /** Sends SIGKILL to all processes, and returns at once. */
  killAll(): void;
  /** Stops the followers one by one, then the leader; removes a temporary folder. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts an ensemble on loopback ports, each server in a process of its own. Resolves when all of them serve clients. Rejects
 * with an {@link EnsembleError} if one of them cannot start, and with the reason of the signal; nothing stays running then.
 */
export async function startEnsembleProcesses(options: EnsembleProcessesOptions): Promise<EnsembleProcesses> {
  const { servers, dataDir, port, tickTimeMs = 500, signal, onChange = () => {} } = options;
  const settings: EnsembleFolderOptions = { servers, dataDir, port, tickTimeMs };
  signal?.throwIfAborted();
  const ensemble = new Processes(await prepareEnsembleFolder(settings), onChange);
  try {
    await ensemble.start(signal);
    return ensemble;
  } catch (error) {
    await ensemble.close();
    throw error;
  }
}

class Processes implements EnsembleProcesses {
  readonly connectString: string;
  readonly #folder: EnsembleFolder;
  readonly #onChange: (change: EnsembleProcessChange) => void;
  readonly #running = new Map<number, MemberProcess>();
  readonly #ends = new Map<number, MemberExit>();
  /** Called after each change; each settles a wait. */
  readonly #checks = new Set<() => void>();
  #state: EnsembleState;
  #closed: Promise<void> | undefined;

  constructor(folder: EnsembleFolder, onChange: (change: EnsembleProcessChange) => void) {
    this.#folder = folder;
    this.#onChange = onChange;
    this.connectString = folder.members.map((member) => member.connectString).join(",");
    this.#state = initialState(folder.members.map(({ id }) => id));
  }

  get path(): string {
    return this.#folder.path;
  }

  get members(): readonly EnsembleMember[] {
    return this.#folder.members.map((place) => ({
      ...place,
      mode: this.#state.members.get(place.id)!.mode,
      pid: this.#running.get(place.id)?.pid,
    }));
  }

  get leader(): number | undefined {
    return this.#state.leader;
  }

  async start(signal: AbortSignal | undefined): Promise<void> {
    for (const place of this.#folder.members) this.#launch(place);
    await this.#untilServing(this.#folder.members, signal);
  }

  async kill(id: number, signal: NodeJS.Signals): Promise<void> {
    const process = this.#running.get(id);
    if (process === undefined) throw new EnsembleError(`server.${id} does not run: it cannot get ${signal}`);
    process.kill(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await process.ended;
  }

  async restart(id: number): Promise<void> {
    const place = this.#folder.members.find((member) => member.id === id);
    if (place === undefined || this.#running.has(id) || this.#closed !== undefined) {
      throw new EnsembleError(`server.${id} cannot be started: it runs already, or the ensemble was closed`);
    }
    this.#launch(place);
    await this.#untilServing([place], undefined);
  }

  killAll(): void {
    for (const process of this.#running.values()) process.kill("SIGKILL");
  }

  close(): Promise<void> {
    this.#closed ??= Promise.resolve().then(() => this.#close());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const check of [...this.#checks]) check();
    const leader = this.leader;
    const followers = [...this.#running].filter(([id]) => id !== leader);
    for (const [, process] of followers) await process.stop();
    if (leader !== undefined) await this.#running.get(leader)?.stop();
    await this.#folder.dispose();
  }

  #launch(place: MemberPlace): void {
    const { id } = place;
    const process = new MemberProcess(place, {
      onEvent: (event) => this.#apply(event),
      onEnd: (exit) => {
        this.#running.delete(id);
        this.#ends.set(id, exit);
        if (this.#closed === undefined) this.#onChange({ type: "ended", id, ...exit });
        this.#apply({ id, at: Date.now(), type: "ended" });
      },
    });
    this.#running.set(id, process);
    this.#apply({ id, at: Date.now(), type: "started" });
  }

  #apply(event: MemberEvent): void {
    const { state, changes } = nextState(this.#state, event);
    this.#state = state;
    if (this.#closed !== undefined) return;
    for (const change of changes) this.#onChange(change);
    for (const check of [...this.#checks]) check();
  }

  /** Resolves when the servers serve clients; rejects if one of them ends, or the signal aborts, before. */
  async #untilServing(places: readonly MemberPlace[], signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        const ended = places.find(({ id }) => !this.#running.has(id));
        if (signal?.aborted) reject(signal.reason);
        else if (this.#closed !== undefined) reject(new EnsembleError("the ensemble was closed"));
        else if (ended !== undefined) reject(new EnsembleError(this.#endBeforeServing(ended)));
        else if (places.every(({ id }) => isServing(this.#state.members.get(id)!.mode))) resolve();
        else return;
        this.#checks.delete(check);
        signal?.removeEventListener("abort", check);
      };
      this.#checks.add(check);
      signal?.addEventListener("abort", check);
      check();
    });
  }

  #endBeforeServing({ id, folder }: MemberPlace): string {
    const { code, signal, output } = this.#ends.get(id)!;
    const reason = output === "" ? `its log is in ${folder}` : output;
    return `server.${id} ended with ${signal ?? `exit code ${code}`} before it served clients: ${reason}`;
  }
}

const isServing = (mode: MemberMode): boolean => mode === "follower" || mode === "leader";
