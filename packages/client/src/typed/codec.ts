import type { SchemaIssue, StandardSchema } from "./standard-schema.js";

/** Turns values into what a znode holds, and back. What it throws reaches the caller as a {@link CodecError}. */
export interface Codec<T> {
  encode(value: T): Uint8Array | string | null;
  /** The bytes may be kept. */
  decode(data: Buffer | null): T | Promise<T>;
}

/** A znode does not hold what the codec expects (`decode`; then `path` says which), or a value cannot be written. */
export class CodecError extends Error {
  override readonly name = "CodecError";
  readonly path: string | undefined;
  /** What the schema found; empty where the data could not be read at all. */
  readonly issues: readonly SchemaIssue[];

  constructor(message: string, options: { path?: string; issues?: readonly SchemaIssue[]; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.path = options.path;
    this.issues = options.issues ?? [];
  }
}

/**
 * JSON in UTF-8, checked by a schema when it is read; without one, nothing is checked. A znode without data, or with data
 * that is no JSON, is a {@link CodecError}. The schema's output is what is written, too: one that transforms must take its
 * own output as input.
 */
export function jsonCodec<T>(schema?: StandardSchema<T>): Codec<T> {
  return {
    encode: (value) => {
      const text = JSON.stringify(value);
      if (text === undefined) throw new CodecError("JSON has no way to write this value");
      return text;
    },
    decode: async (data) => {
      if (data === null || data.length === 0) throw new CodecError("there is no data");
      const value: unknown = JSON.parse(data.toString("utf8"));
      if (schema === undefined) return value as T;
      const result = await schema["~standard"].validate(value);
      if (result.issues === undefined) return result.value;
      throw new CodecError(result.issues.map(describe).join("; "), { issues: result.issues });
    },
  };
}

/** Text in UTF-8; a znode without data holds "". */
export const textCodec: Codec<string> = Object.freeze({
  encode: (text: string) => text,
  decode: (data: Buffer | null) => data?.toString("utf8") ?? "",
});

function describe({ message, path = [] }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}
