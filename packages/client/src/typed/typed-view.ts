import type { Stat } from "@conclave/protocol";
import { type Codec, CodecError } from "../api/codec.js";
import type { CreateOptions, ReadOptions, VersionOptions, ZnodeData } from "../api/operation-options.js";
import type { RetryPolicy } from "../api/retry-policy.js";
import type { TypedZooKeeper, ValueAndStat } from "../api/typed-zookeeper.js";
import { isZkError } from "../api/zk-error.js";
import type { ZooKeeper } from "../api/zookeeper.js";
import { setDataOnce } from "../retry/versioned-writes.js";

/** Implements the typed view of a client. */
export class TypedView<T> implements TypedZooKeeper<T> {
  readonly #zk: ZooKeeper;
  readonly #codec: Codec<T>;

  constructor(zk: ZooKeeper, codec: Codec<T>) {
    this.#zk = zk;
    this.#codec = codec;
  }

  async create(path: string, value: T, options?: CreateOptions): Promise<string> {
    return await this.#zk.create(path, this.#encode(path, value), options);
  }

  async create2(path: string, value: T, options?: CreateOptions): Promise<{ path: string; stat: Stat }> {
    return await this.#zk.create2(path, this.#encode(path, value), options);
  }

  async getData(path: string, options?: ReadOptions): Promise<ValueAndStat<T>> {
    const { data, stat } = await this.#zk.getData(path, options);
    return { data: await this.#decode(path, data), stat };
  }

  async setData(path: string, value: T, options?: VersionOptions): Promise<Stat> {
    return await this.#zk.setData(path, this.#encode(path, value), options);
  }

  async update(path: string, change: (value: T) => T | Promise<T>, policy: RetryPolicy = {}): Promise<ValueAndStat<T>> {
    const { signal } = policy;
    // A write must not rest on what a read-only server shows.
    const { readWrite } = this.#zk;
    for (;;) {
      const { data: before, stat: read } = await readWrite.getData(path, { signal });
      const data = await change(await this.#decode(path, before));
      try {
        const stat = await setDataOnce(readWrite, path, this.#encode(path, data), read, policy);
        return { data, stat };
      } catch (error) {
        if (!isZkError(error, "BAD_VERSION")) throw error;
      }
    }
  }

  #encode(path: string, value: T): ZnodeData {
    try {
      return this.#codec.encode(value);
    } catch (error) {
      throw codecError(path, error);
    }
  }

  async #decode(path: string, data: Buffer | null): Promise<T> {
    try {
      return await this.#codec.decode(data);
    } catch (error) {
      throw codecError(path, error);
    }
  }
}

function codecError(path: string, error: unknown): CodecError {
  const message = `${path}: ${error instanceof Error ? error.message : String(error)}`;
  return new CodecError(message, { path, cause: error, ...(error instanceof CodecError && { issues: error.issues }) });
}
