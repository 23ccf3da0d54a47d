import type { Codec } from "@conclave/client";
import type { PersistentNode } from "../persistent-node/persistent-node.js";

/** Membership of this process, until {@link leave} or until the client is closed. */
export class Membership<T> implements AsyncDisposable {
  readonly id: string;
  /** Path of the member's znode. */
  readonly path: string;
  readonly #node: PersistentNode;
  readonly #codec: Codec<T>;

  constructor(id: string, node: PersistentNode, codec: Codec<T>) {
    this.id = id;
    this.path = node.path;
    this.#node = node;
    this.#codec = codec;
  }

  /** True if the znode exists, as last reported. Not certain while the connection is lost. */
  get isPresent(): boolean {
    return this.#node.isPresent;
  }

  /** Adds a listener for changes of {@link isPresent} and returns a function that removes it. */
  on(listener: (isPresent: boolean) => void): () => void {
    return this.#node.on(listener);
  }

  /** Sets the data of the member, now and in all later sessions. */
  update(data: T): Promise<void> {
    return this.#node.setData(this.#codec.encode(data));
  }

  /**
   * Leaves. Resolves when the znode is deleted, or when the deletion continues in the background. Idempotent; never rejects.
   */
  leave(): Promise<void> {
    return this.#node.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }
}
