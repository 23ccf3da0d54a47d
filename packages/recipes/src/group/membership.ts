import type { Codec } from "@conclave/client";
import type { PersistentNode } from "../persistent-node/persistent-node.js";

/** That we are a member, until we leave or the client is closed. */
export class Membership<T> implements AsyncDisposable {
  readonly id: string;
  /** The path of the znode behind it. */
  readonly path: string;
  readonly #node: PersistentNode;
  readonly #codec: Codec<T>;

  constructor(id: string, node: PersistentNode, codec: Codec<T>) {
    this.id = id;
    this.path = node.path;
    this.#node = node;
    this.#codec = codec;
  }

  /** Whether the ensemble has us as a member, by what was heard last. While the connection is lost that is in doubt. */
  get isPresent(): boolean {
    return this.#node.isPresent;
  }

  /** Tells of each change of {@link isPresent}; returns what takes the listener out again. */
  on(listener: (isPresent: boolean) => void): () => void {
    return this.#node.on(listener);
  }

  /** Says something else of us, now and in each session to come. */
  update(data: T): Promise<void> {
    return this.#node.setData(this.#codec.encode(data));
  }

  /** Leaves. Resolves when the ensemble has it, or when that has to wait and goes on by itself. Idempotent; never rejects. */
  leave(): Promise<void> {
    return this.#node.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }
}
