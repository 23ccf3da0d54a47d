import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";

export interface KnownHosts {
  /** The address that is listened on, or its name. */
  readonly address: string;
  /** Further names; "*" for any. */
  readonly allowedHosts: readonly string[] | "*";
}

/**
 * The name of the header that says that a request was made by a web page of a stranger; `undefined` where none does. A
 * browser sends the name in the address bar as `Host`, and the page's origin as `Origin`. Names that a stranger could let
 * point here are not known; an IP address is none.
 */
export function forgedHeader({ host, origin }: IncomingHttpHeaders, known: KnownHosts): "Host" | "Origin" | undefined {
  if (known.allowedHosts === "*") return undefined;
  if (host !== undefined && !isKnown(host, known)) return "Host";
  // A page of this very host may ask; any other origin, and "null" of none, may not.
  if (origin !== undefined && origin !== `http://${host}`) return "Origin";
  return undefined;
}

function isKnown(host: string, { address, allowedHosts }: KnownHosts): boolean {
  const name = host
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
  if (isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost")) return true;
  return [address, hostname(), ...allowedHosts].some((each) => each.toLowerCase() === name);
}
