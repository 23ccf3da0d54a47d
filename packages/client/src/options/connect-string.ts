import { invalidPathReason } from "@conclave/protocol";
import type { ServerAddress } from "../connection/server-address.js";

/** Parsed connect string. */
export interface ConnectString {
  /** Servers in the order of the connect string; at least one. */
  readonly servers: readonly ServerAddress[];
  /** Absolute path; "" for no chroot. */
  readonly chroot: string;
}

const DEFAULT_PORT = 2181;

/**
 * Parses `host:port,host:port/chroot`. The default port is 2181, spaces around a server are ignored, and an IPv6
 * address needs brackets: `[::1]:2181`. Throws a `TypeError` that names the invalid part.
 */
export function parseConnectString(text: string): ConnectString {
  if (typeof text !== "string") throw new TypeError("connect: the connect string must be a string");
  const fail = (why: string): never => {
    throw new TypeError(`connect: ${why} in the connect string "${text}"`);
  };
  if (/^[a-z]+:\/\//i.test(text)) fail("a scheme is not allowed");
  const slash = text.indexOf("/");
  const list = slash === -1 ? text : text.slice(0, slash);
  const chroot = slash === -1 ? "" : text.slice(slash).trimEnd();
  const reason = chroot === "" ? undefined : invalidPathReason(chroot);
  if (reason !== undefined) fail(`the chroot "${chroot}" is not a valid path (${reason})`);
  const servers = list.split(",").map((part) => parseServer(part.trim(), fail));
  return { servers, chroot: chroot === "/" ? "" : chroot };
}

function parseServer(text: string, fail: (why: string) => never): ServerAddress {
  if (text === "") return fail("a server is missing");
  const isBracketed = text.startsWith("[");
  if (!isBracketed && text.split(":").length > 2) {
    return fail(`"${text}" has several colons (write an IPv6 address in brackets)`);
  }
  const match = (isBracketed ? /^\[([^\]]*)\]()(?::(.*))?$/ : /^()([^:]*)(?::(.*))?$/).exec(text);
  if (match === null) return fail(`"${text}" is not an address`);
  const [, address = "", name = "", port] = match;
  if (isBracketed && !/^[0-9a-fA-F:.]+(?:%[\w.-]+)?$/.test(address))
    return fail(`"[${address}]" is not an IPv6 address`);
  if (!isBracketed && !/^[^\s\0[\]?#@\\]+$/.test(name)) return fail(`"${text}" has no valid host name`);
  const host = isBracketed ? address : name;
  return { host, port: port === undefined ? DEFAULT_PORT : parsePort(port, text, fail) };
}

function parsePort(port: string, text: string, fail: (why: string) => never): number {
  const value = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  return value >= 1 && value <= 65_535 ? value : fail(`"${text}" has an invalid port (use 1 to 65535)`);
}
