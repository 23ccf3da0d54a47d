import type { Codec } from "@conclave/client";
import type { MemberStatus } from "./cluster.js";

/** Data of the znode of a member, as JSON. `leads` is its fencing token, a decimal number of any length. */
export interface MemberRecord {
  readonly url: string;
  readonly status: MemberStatus;
  readonly leads?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Codec of records. Decoding throws for an incomplete or invalid record, since requests are sent to its URL. */
export const memberRecordCodec: Codec<MemberRecord> = Object.freeze({
  encode: (record: MemberRecord) => JSON.stringify(record),
  decode: (data: Buffer | null): MemberRecord => {
    const value: unknown = JSON.parse(data?.toString("utf8") ?? "null");
    if (!isRecord(value)) throw new TypeError("the record of a member must be a JSON object");
    const { url, status, leads, metadata = {} } = value;
    if (status !== "up" && status !== "draining")
      throw new TypeError('the status in the record of a member must be "up" or "draining"');
    if (leads !== undefined && !(typeof leads === "string" && /^\d{1,19}$/.test(leads))) {
      throw new TypeError("the token in the record of a member must be a decimal number as a string");
    }
    if (!isRecord(metadata) || !Object.values(metadata).every((each) => typeof each === "string")) {
      throw new TypeError("the metadata in the record of a member must be an object of strings");
    }
    return { url: memberUrl(url), status, leads, metadata: metadata as Record<string, string> };
  },
});

/** Returns a URL without a slash at its end. Throws a `TypeError` unless requests can be sent to it. */
export function memberUrl(text: unknown): string {
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url !== undefined &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    `${url.username}${url.password}${url.search}${url.hash}` === "";
  if (!isPlain)
    throw new TypeError(
      `${JSON.stringify(text)} cannot be the URL of a member: use http://host:port/path without credentials, query and fragment`,
    );
  return url.href.replace(/\/+$/, "");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
