/** A write with an unknown outcome. */
interface PendingWrite {
  readonly value: string;
  /** Version that the znode must have when the write is applied. */
  readonly expected: number;
}

/**
 * The possible contents of one znode, known by its only writer. Each write names the version that it replaces, so a write
 * with an unknown outcome can still be applied later, but not after a later write. Methods return a contradiction to the
 * outcomes reported so far, or undefined.
 */
export class ExpectedState {
  #value: string;
  #version: number;
  #pending: PendingWrite[] = [];

  constructor(value: string, version: number) {
    this.#value = value;
    this.#version = version;
  }

  /** Version that the next write replaces. */
  get version(): number {
    return this.#version;
  }

  /** Records that a write of `value` over `expected` was reported as applied and made `version`. */
  done(value: string, expected: number, version: number): string | undefined {
    if (expected !== this.#version || version !== expected + 1) {
      return `a write over version ${expected} made ${version}, where the znode had ${this.#version}`;
    }
    this.#settle(value, version);
    return undefined;
  }

  /** Records a write of `value` over `expected` with an unknown outcome: it may be applied, now or later. */
  unknown(value: string, expected: number): void {
    this.#pending.push({ value, expected });
  }

  /** Records that a write was rejected with BAD_VERSION: only a write with an unknown outcome can have changed the version. */
  refused(expected: number): string | undefined {
    if (this.#pending.length > 0) return undefined;
    return `a write over version ${expected} was refused, though nothing else wrote since`;
  }

  /** Records the result of a read. */
  read(value: string, version: number): string | undefined {
    if (version === this.#version) {
      return value === this.#value ? undefined : `version ${version} holds "${value}" and held "${this.#value}"`;
    }
    const late = this.#pending.find((write) => write.value === value && write.expected + 1 === version);
    if (late === undefined || version !== this.#version + 1) {
      return `it has version ${version} with "${value}", where version ${this.#version} with "${this.#value}" was acknowledged and no write made that`;
    }
    this.#settle(value, version);
    return undefined;
  }

  #settle(value: string, version: number): void {
    this.#value = value;
    this.#version = version;
    this.#pending = [];
  }
}
