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
  if (/^[a-z]+:\/\//i.test(text)) fail("a scheme has no place");
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
  const isBracketed = text.startsWith("[");
  if (!isBracketed && text.split(":").length > 2) {
    return fail(`"${text}" has several colons (an IPv6 address stands in brackets)`);
  }
  const match = (isBracketed ? /^\[([^\]]*)\]()(?::(.*))?$/ : /^()([^:]*)(?::(.*))?$/).exec(text);
  if (match === null) return fail(`"${text}" is no address`);
  const [, address = "", name = "", port] = match;
  if (isBracketed && !/^[0-9a-fA-F:.]+(?:%[\w.-]+)?$/.test(address)) return fail(`"[${address}]" is no IPv6 address`);
  if (!isBracketed && !/^[^\s\0[\]?#@\\]+$/.test(name)) return fail(`"${text}" names no host`);
  const host = isBracketed ? address : name;
  return { host, port: port === undefined ? DEFAULT_PORT : parsePort(port, text, fail) };
}

function parsePort(port: string, text: string, fail: (why: string) => never): number {
  const value = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  return value >= 1 && value <= 65_535 ? value : fail(`"${text}" has no port from 1 to 65535`);
}
