/** A write that was sent, and of which nobody said whether it was done. */
interface PendingWrite {
  readonly value: string;
  /** The version that the znode must have for it to be done. */
  readonly expected: number;
}

/**
 * What one znode may hold, as its only writer knows: every write names the version that it replaces, so that a write
 * whose outcome is unknown can be done late, but only while no later one was. Methods return what contradicts the
 * outcomes told so far, or `undefined`.
 */
export class Ledger {
  #value: string;
  #version: number;
  #pending: PendingWrite[] = [];

  constructor(value: string, version: number) {
    this.#value = value;
    this.#version = version;
  }

  /** What the next write is to replace. */
  get version(): number {
    return this.#version;
  }

  /** A write of `value` over {@link version} was reported done, and made `version`. */
  done(value: string, expected: number, version: number): string | undefined {
    if (expected !== this.#version || version !== expected + 1) {
      return `a write over version ${expected} made ${version}, where the znode had ${this.#version}`;
    }
    this.#settle(value, version);
    return undefined;
  }

  /** A write of `value` over {@link version} may have been done, or may be done yet. */
  unknown(value: string, expected: number): void {
    this.#pending.push({ value, expected });
  }

  /** A write was refused because the znode has another version: only one of unknown outcome can have changed it. */
  refused(expected: number): string | undefined {
    if (this.#pending.length > 0) return undefined;
    return `a write over version ${expected} was refused, though nothing else wrote since`;
  }

  /** The znode was read. */
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
