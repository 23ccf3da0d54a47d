import { Worker } from "node:worker_threads";
import type { PeerSource } from "./peers.js";
import type { ReplicaOptions } from "./replica.js";
import { type FromWorker, type ReplicaCalls, receivedError, sentError, type ToWorker } from "./replica-messages.js";
import type { ReplicaState } from "./replica-state.js";

/** File of the thread, next to that of this module once both are built. */
const WORKER = new URL("./replica-worker.js", import.meta.url);

const STOPPED: ReplicaState = {
  ...{ connectString: "", mode: "waiting", leader: undefined, voters: [] },
  readiness: { isReady: false, reason: "the replica has stopped" },
};

/** A replica in a worker thread: the event loop of the application does not stall the ensemble, nor the reverse. */
export class ThreadedReplica {
  readonly #worker: Worker;
  readonly #options: Pick<ReplicaOptions, "logger" | "onFailure"> & { readonly peers: PeerSource };
  readonly #waiting = new Map<number, { resolve(): void; reject(error: unknown): void }>();
  #calls = 0;
  #hasStarted = false;
  #hasEnded = false;
  /** Error that has ended the thread. */
  #failure: unknown;
  #closed: Promise<void> | undefined;
  state: ReplicaState = { ...STOPPED, readiness: { isReady: false, reason: "the replica is starting" } };

  private constructor({ peers, logger, onFailure }: ReplicaOptions) {
    this.#options = { peers, logger, onFailure };
    this.#worker = new Worker(WORKER, { name: "conclave-replica" });
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => {
      this.#failure = error;
      if (this.#hasStarted && this.#closed === undefined) onFailure(error);
      logger.error("the thread of the replica has failed", { error });
    });
    this.#worker.on("exit", () => this.#ended());
  }

  /** Rejects as {@link Replica.start} does; nothing stays open then. */
  static async start(options: ReplicaOptions): Promise<ThreadedReplica> {
    const replica = new ThreadedReplica(options);
    const { peers: _, clock: __, logger: ___, onFailure: ____, ...sent } = options;
    try {
      await replica.#call("start", sent);
      replica.#hasStarted = true;
      return replica;
    } catch (error) {
      await replica.#worker.terminate();
      throw error;
    }
  }

  whenServing(): Promise<void> {
    return this.#call("whenServing");
  }

  reconfigure(change: Parameters<ReplicaCalls["reconfigure"]>[0]): Promise<void> {
    return this.#call("reconfigure", change);
  }

  close(): Promise<void> {
    this.#closed ??= this.#hasEnded ? Promise.resolve() : this.#call("close");
    return this.#closed;
  }

  #call(name: keyof ReplicaCalls, argument?: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) {
        reject(new Error("the replica has stopped"));
        return;
      }
      const call = ++this.#calls;
      this.#waiting.set(call, { resolve, reject });
      this.#send({ type: "call", call, name, argument });
    });
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    const { logger, onFailure } = this.#options;
    switch (message.type) {
      case "answer": {
        const waiting = this.#waiting.get(message.call);
        this.#waiting.delete(message.call);
        if (message.error === undefined) waiting?.resolve();
        else waiting?.reject(receivedError(message.error));
        return;
      }
      case "state":
        this.state = message.state;
        return;
      case "log":
        return logger[message.level](message.message, message.fields);
      case "askPeers":
        return this.#answerPeers(message.call);
      case "failed":
        return onFailure(receivedError(message.cause));
      default:
        message satisfies never;
    }
  }

  #answerPeers(call: number): void {
    this.#options.peers().then(
      (peers) => this.#send({ type: "peers", call, peers }),
      (error: unknown) => this.#send({ type: "peers", call, error: sentError(error) }),
    );
  }

  #ended(): void {
    this.#hasEnded = true;
    this.state = STOPPED;
    const reason = this.#failure ?? new Error("the replica was closed");
    for (const { reject } of this.#waiting.values()) reject(reason);
    this.#waiting.clear();
  }
}
