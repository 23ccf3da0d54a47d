import { isZkError, type Stat } from "@conclave/client";
import { json, Refusal } from "./answers.js";
import type { ResolvedConsole } from "./options.js";
import { hex, shownData } from "./znode-text.js";

/** Children in one answer. */
const PAGE = 200;
/** Children above which a znode's are not listed. */
const CHILDREN = 10_000;
/** Bytes of data that are read or written at most: the servers' usual limit. */
const DATA_BYTES = 1_048_576;
/** Bytes of a request's body: JSON may need six characters for one byte of data. */
export const BODY_BYTES = 6 * DATA_BYTES + 1_024;

/** Answers with data, Stat and one page of the children of a znode, which begins after the name `after`. */
export async function showZnode({ zk, isRedacted }: ResolvedConsole, url: URL): Promise<Response> {
  const path = pathOf(url);
  const stat = await zk.exists(path);
  if (stat === null) throw new Refusal(404, "NO_NODE", `There is no znode ${path}: it may have been deleted.`);
  const isHidden = isRedacted(path);
  const data =
    isHidden || stat.dataLength > DATA_BYTES
      ? { form: isHidden ? "redacted" : "long", text: "", bytes: isHidden ? 0 : stat.dataLength, isCut: false }
      : undefined;
  const read = data === undefined ? await zk.getData(path) : undefined;
  const isLong = stat.numChildren > CHILDREN;
  const children = isLong ? [] : (await zk.getChildren(path)).sort();
  const after = url.searchParams.get("after");
  const from = after === null ? 0 : children.findIndex((name) => name > after);
  const page = from === -1 ? [] : children.slice(from, from + PAGE);
  return json(200, {
    path,
    stat: shownStat(read?.stat ?? stat),
    data: data ?? shownData(read?.data ?? null),
    children: page,
    next: page.length > 0 && page.at(-1) !== children.at(-1) ? page.at(-1) : null,
    leftOut: isLong ? `Its ${stat.numChildren} children: more than ${CHILDREN} are not listed.` : "",
  });
}

/** Saves text as the data of a znode if its version is still the one that the page has shown, and writes one audit entry. */
export async function saveZnode(options: ResolvedConsole, url: URL, request: Request): Promise<Response> {
  const path = pathOf(url);
  const { data, version } = parseChange(await bodyText(request));
  const audit = (result: string): void => {
    const user = options.user(request.headers);
    options.audit({ action: "setData", path, version, bytes: Buffer.byteLength(data), result, user });
  };
  if (options.isRedacted(path)) {
    audit("REDACTED");
    throw new Refusal(403, "REDACTED", `The data of ${path} is redacted, so it cannot be changed here.`);
  }
  try {
    const stat = await options.zk.setData(path, data, { version });
    audit("applied");
    return json(200, { path, stat: shownStat(stat) });
  } catch (error) {
    audit(isZkError(error) ? `${error.code}, ${error.outcome}` : String(error));
    throw error;
  }
}

function pathOf(url: URL): string {
  const path = url.searchParams.get("path");
  if (path?.startsWith("/") !== true) throw new Refusal(400, "BAD_ARGUMENTS", 'The query needs a path: "?path=/a".');
  return path;
}

function parseChange(text: string): { readonly data: string; readonly version: number } {
  let change: { data?: unknown; version?: unknown } | null = null;
  try {
    change = JSON.parse(text);
  } catch {
    // Refused below, as other wrong bodies are.
  }
  const { data, version } = change ?? {};
  if (typeof data !== "string" || !Number.isInteger(version) || Number(version) < 0) {
    throw new Refusal(400, "BAD_ARGUMENTS", 'The body has to be JSON: { "data": text, "version": number }.');
  }
  if (Buffer.byteLength(data) > DATA_BYTES) {
    throw new Refusal(413, "TOO_LONG", `The data is longer than ${DATA_BYTES} bytes.`);
  }
  return { data, version: Number(version) };
}

/** Reads the body, up to {@link BODY_BYTES}. */
async function bodyText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    length += read.value.length;
    if (length > BODY_BYTES) {
      await reader?.cancel();
      throw new Refusal(413, "TOO_LONG", `The body is longer than ${BODY_BYTES} bytes.`);
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function shownStat(stat: Stat): Readonly<Record<string, number | string>> {
  const { version, cversion, aversion, ctime, mtime, numChildren, dataLength } = stat;
  const owner = stat.ephemeralOwner === 0n ? "" : hex(stat.ephemeralOwner);
  const [czxid, mzxid] = [hex(stat.czxid), hex(stat.mzxid)];
  return { version, cversion, aversion, ctime, mtime, numChildren, dataLength, czxid, mzxid, owner };
}
