import { type Codec, jsonCodec } from "@conclave/client";

const json = jsonCodec<unknown>();

/**
 * Unchecked JSON; `undefined` is encoded as no bytes. (Not as null data: if one member has null data, Curator's `GroupMember`
 * cannot list any members.)
 */
export const optionalJson: Codec<unknown> = Object.freeze({
  encode: (value: unknown) => (value === undefined ? Buffer.alloc(0) : json.encode(value)),
  decode: (data: Buffer | null) => (data === null || data.length === 0 ? undefined : json.decode(data)),
});
