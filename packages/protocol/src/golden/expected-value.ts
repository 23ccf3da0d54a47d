import type { FrameValue } from "./frame-codec.js";
import { fromHex } from "./hex.js";
import type { RecordedFrame } from "./recording.js";

const NAMES: Readonly<Record<string, string>> = { timeOut: "timeoutMs", passwd: "password", perms: "permissions" };
const BUFFERS: ReadonlySet<string> = new Set(["data", "auth", "passwd", "token"]);
const TIMES: ReadonlySet<string> = new Set(["ctime", "mtime"]);
const LONGS: ReadonlySet<string> = new Set(
  "zxid czxid mzxid pzxid ephemeralOwner sessionId lastZxidSeen relativeZxid ttl curConfigId".split(" "),
);

/** Computes the value that our decoders must return for a recorded frame from the value that Java's decoders returned. */
export function expectedValue(frame: RecordedFrame): FrameValue {
  const header = frame.header && { header: translate("header", frame.header) as object };
  return { ...header, ...expectedBody(frame) };
}

function expectedBody({ kind, from, header, record, readOnly }: RecordedFrame): FrameValue {
  if (kind === "unknown" || (from === "server" && !hasBody(kind, header?.err))) return {};
  if (kind === "connect") return { body: { ...(translate("record", record) as object), readOnly } };
  if (kind === "multi") return { body: (record as Item[]).map(translateItem) };
  if (kind === "multiRead") return { body: (record as Item[]).map(translateItem).map(withoutWatch) };
  if (kind === "getEphemerals" && from === "client") {
    return { body: { prefixPath: (record as { prefixPath: string | null }).prefixPath ?? "" } };
  }
  if (kind === "auth" && from === "client") {
    const { type: _, ...packet } = translate("record", record) as { type: number };
    return { body: packet };
  }
  return { body: translate("record", record) };
}

/** A refusal of SASL brings its token all the same. */
function hasBody(kind: string, err: unknown): boolean {
  return kind === "connect" || kind === "sasl" || err === 0;
}

interface Item {
  readonly header: { readonly type: number };
  readonly record?: object;
}

function translateItem({ header, record }: Item): object {
  return { type: header.type, ...(translate("record", record) as object | undefined) };
}

/** A multiRead leaves no watch, whatever its items say. */
function withoutWatch(item: { readonly watch?: boolean }): object {
  const { watch: _, ...rest } = item;
  return rest;
}

/** From the names and shapes of zookeeper.jute to ours. */
function translate(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => translate(name, item));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [NAMES[key] ?? key, translate(key, of)]));
  }
  if (BUFFERS.has(name) && typeof value === "string") return fromHex(value);
  if (LONGS.has(name)) return BigInt(value as string);
  return TIMES.has(name) ? Number(value) : value;
}
