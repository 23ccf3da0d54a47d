import { type Codec, CodecError } from "../api/codec.js";
import type { SchemaIssue, StandardSchema } from "../api/standard-schema.js";

/**
 * Codec for JSON in UTF-8. Data is checked by a schema when it is read; without a schema nothing is checked. A znode
 * without data, or with data that is not JSON, causes a {@link CodecError}. Values that are written have the schema's
 * output type, so a schema with a transformation must accept its own output.
 */
export function jsonCodec<T>(schema?: StandardSchema<T>): Codec<T> {
  return {
    encode: (value) => {
      const text = JSON.stringify(value);
      if (text === undefined) throw new CodecError("the value cannot be written as JSON");
      return text;
    },
    decode: async (data) => {
      if (data === null || data.length === 0) throw new CodecError("the znode has no data");
      const value: unknown = JSON.parse(data.toString("utf8"));
      if (schema === undefined) return value as T;
      const result = await schema["~standard"].validate(value);
      if (result.issues === undefined) return result.value;
      throw new CodecError(result.issues.map(describe).join("; "), { issues: result.issues });
    },
  };
}

/** Codec for text in UTF-8; a znode without data is read as "". */
export const textCodec: Codec<string> = Object.freeze({
  encode: (text: string) => text,
  decode: (data: Buffer | null) => data?.toString("utf8") ?? "",
});

function describe({ message, path = [] }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}
