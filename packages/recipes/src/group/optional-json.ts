import { type Codec, jsonCodec } from "@conclave/client";

const json = jsonCodec<unknown>();

/**
 * Unchecked JSON; `undefined` is no bytes. (Not null: with one such member, Curator's `GroupMember` lists no members at
 * all.)
 */
export const optionalJson: Codec<unknown> = Object.freeze({
  encode: (value: unknown) => (value === undefined ? Buffer.alloc(0) : json.encode(value)),
  decode: (data: Buffer | null) => (data === null || data.length === 0 ? undefined : json.decode(data)),
});
