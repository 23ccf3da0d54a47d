import type { SchemaIssue } from "./standard-schema.js";

/** Converts values to the data of a znode, and back. Errors that it throws reach the caller as a {@link CodecError}. */
export interface Codec<T> {
  encode(value: T): Uint8Array | string | null;
  /** Decodes data. The codec may keep the bytes. */
  decode(data: Buffer | null): T | Promise<T>;
}

/** Data that the codec cannot decode (then `path` is set), or a value that it cannot encode. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  readonly path: string | undefined;
  /** Problems that the schema found; empty if the data could not be parsed at all. */
  readonly issues: readonly SchemaIssue[];

  constructor(message: string, options: { path?: string; issues?: readonly SchemaIssue[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.path = options.path;
    this.issues = options.issues ?? [];
  }
}
