import { type Action, ModelEnsemble } from "./model-ensemble.js";

/** Number of records that an elected leader can read from its log, if not given: more than scenarios have. */
const READS_ALL = 7;

/** Drives the model through one order of events. Throws, with the trace, if an invariant is broken. */
export class ModelScenario {
  readonly ensemble: ModelEnsemble;

  /** @param down servers that do not run at the beginning */
  constructor({ down = [], reconfigEnabled = false }: { down?: readonly number[]; reconfigEnabled?: boolean } = {}) {
    this.ensemble = new ModelEnsemble(reconfigEnabled);
    this.run(...down.map((id) => `${id} loses power`));
  }

  /** Takes actions by their names. Throws if one is not possible. */
  run(...names: readonly string[]): this {
    for (const name of names) {
      const action = this.#find(name);
      if (action === undefined) throw new Error(`"${name}" is not possible now`);
      this.#take(action);
    }
    return this;
  }

  /** Takes those of the actions that are possible. */
  runIfPossible(...names: readonly string[]): this {
    for (const name of names) if (this.#find(name) !== undefined) this.run(name);
    return this;
  }

  /** Makes a server with the log of the last `readable` records the leader, and connects those that elect it. */
  elect(id: number, readable = READS_ALL): this {
    const action = this.#find(`${id} is elected`);
    if (action === undefined) throw new Error(`${id} cannot be elected now`);
    this.#take(action, readable);
    return this;
  }

  /** Makes the first of these servers that can be elected the leader. */
  electFirst(...ids: readonly number[]): this {
    const id = ids.find((each) => this.#find(`${each} is elected`) !== undefined);
    if (id === undefined) throw new Error(`none of ${ids} can be elected now`);
    return this.elect(id);
  }

  /** Delivers messages and ends disk operations until none is left, except those that the names begin. */
  settle(...except: readonly string[]): this {
    const next = () =>
      this.ensemble
        .actions()
        .find(({ name, isDue }) => isDue === true && !except.some((each) => name.startsWith(each)));
    for (let action = next(); action !== undefined; action = next()) this.#take(action);
    return this;
  }

  /** Zxids of all committed records. */
  get committed(): readonly bigint[] {
    return this.ensemble.invariants.committed;
  }

  /** Zxids on a server's disk. */
  zxidsOf(id: number): readonly bigint[] {
    return this.ensemble.servers[id - 1]!.disk.zxids;
  }

  #find(name: string): Action | undefined {
    return this.ensemble.actions().find((each) => each.name === name);
  }

  #take(action: Action, choice = 0): void {
    try {
      this.ensemble.run(action, choice);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.ensemble.trace.join("\n")}`, { cause: error });
    }
  }
}
