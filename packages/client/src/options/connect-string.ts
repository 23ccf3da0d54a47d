import { invalidPathReason } from "@conclave/protocol";
import type { ServerAddress } from "../connection/server-address.js";

/** What a connect string says. */
export interface ConnectString {
  /** One at least, in the order written. */
  readonly servers: readonly ServerAddress[];
  /** "" for none. */
  readonly chroot: string;
}

const DEFAULT_PORT = 2181;

/**
 * Reads `host:port,host:port/chroot`. A port may be left out (2181), spaces around a server are ignored, an IPv6 address
 * stands in brackets: `[::1]:2181`. Throws a `TypeError` that says what is wrong.
 */
export function parseConnectString(text: string): ConnectString {
  if (typeof text !== "string") throw new TypeError("connect: the connect string must be a string");
  const fail = (why: string): never => {
    throw new TypeError(`connect: ${why} in the connect string "${text}"`);
  };
  const slash = text.indexOf("/");
  const list = slash === -1 ? text : text.slice(0, slash);
  const chroot = slash === -1 ? "" : text.slice(slash).trimEnd();
  const reason = chroot === "" ? undefined : invalidPathReason(chroot);
  if (reason !== undefined) fail(`the chroot "${chroot}" is no path: ${reason}:`);
  const servers = list.split(",").map((part) => parseServer(part.trim(), fail));
  return { servers, chroot: chroot === "/" ? "" : chroot };
}

function parseServer(text: string, fail: (why: string) => never): ServerAddress {
  if (text === "") return fail("a server is missing");
  const match = /^(?:\[([^\]]*)\]|([^[\]:]*))(?::(.*))?$/.exec(text);
  if (match === null) {
    return fail(
      text.includes("[")
        ? `"${text}" is no address`
        : `"${text}" has several colons (an IPv6 address stands in brackets)`,
    );
  }
  const [, bracketed, name, port] = match;
  const host = bracketed ?? name ?? "";
  if (bracketed !== undefined && !/^[0-9a-fA-F:.]+(?:%[\w.-]+)?$/.test(bracketed))
    return fail(`"[${bracketed}]" is no IPv6 address`);
  if (bracketed === undefined && !/^[^\s\0/?#@\\]+$/.test(host)) return fail(`"${text}" names no host`);
  return { host, port: port === undefined ? DEFAULT_PORT : parsePort(port, text, fail) };
}

function parsePort(port: string, text: string, fail: (why: string) => never): number {
  const value = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  return value >= 1 && value <= 65_535 ? value : fail(`"${text}" has no port from 1 to 65535`);
}
