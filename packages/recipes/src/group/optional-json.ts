import { type Codec, jsonCodec } from "@conclave/client";

const json = jsonCodec<unknown>();

/** JSON, not checked; `undefined` is a znode without data. */
export const optionalJson: Codec<unknown> = Object.freeze({
  encode: (value: unknown) => (value === undefined ? null : json.encode(value)),
  decode: (data: Buffer | null) => (data === null || data.length === 0 ? undefined : json.decode(data)),
});
