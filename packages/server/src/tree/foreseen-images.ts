import type { ForeseenNode } from "./foreseen-node.js";

/** A path, and what is known of it: the znode that changes there, or `null` where there will be none. */
interface Image {
  readonly path: string;
  node: ForeseenNode | null;
  /** Of another path with the same hash. */
  readonly next: Image | undefined;
}

/**
 * The znodes that change, by their paths. Maps have V8 number each string that they are asked for, and paths come and go
 * with their requests: so this one has their hashes for keys.
 */
export class ForeseenImages {
  readonly #byHash = new Map<number, Image>();

  get isEmpty(): boolean {
    return this.#byHash.size === 0;
  }

  get(path: string, hash: number): ForeseenNode | null | undefined {
    return this.#find(path, hash)?.node;
  }

  set(path: string, hash: number, node: ForeseenNode | null): void {
    const image = this.#find(path, hash);
    if (image !== undefined) image.node = node;
    else this.#byHash.set(hash, { path, node, next: this.#byHash.get(hash) });
  }

  *[Symbol.iterator](): Generator<readonly [path: string, node: ForeseenNode | null]> {
    for (const first of this.#byHash.values()) {
      for (let image: Image | undefined = first; image !== undefined; image = image.next)
        yield [image.path, image.node];
    }
  }

  #find(path: string, hash: number): Image | undefined {
    let image = this.#byHash.get(hash);
    while (image !== undefined && image.path !== path) image = image.next;
    return image;
  }
}
