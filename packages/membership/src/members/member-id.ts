import { hostname } from "node:os";
import { systemRandom } from "@conclave/runtime";

/** Returns an id that fits into a header field and the name of a znode. Throws a `TypeError` for any other. */
export function checkId(id: string): string {
  if (/^[!-.0-~]+$/.test(id) && id !== "." && id !== "..") return id;
  throw new TypeError(
    `${JSON.stringify(id)} cannot be the id of a member: use printable ASCII characters, without spaces and "/"`,
  );
}

/**
 * Returns host name, port and a random part. It differs between processes that share a host name and a port, as workers of
 * `cluster` and containers do. Throws a `TypeError` if the host name cannot be part of an id.
 */
export function defaultId(url: string): string {
  const { port, protocol } = new URL(url);
  const random = Buffer.from(systemRandom.bytes(4)).toString("hex");
  return checkId(`${hostname()}:${port || protocol.slice(0, -1)}-${random}`);
}
