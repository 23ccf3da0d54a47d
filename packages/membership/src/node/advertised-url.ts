import type { Server } from "node:net";
import type { NetworkInterfaceInfo } from "node:os";
import { Server as TlsServer } from "node:tls";

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/**
 * Returns the URL of a listening server: its own address or, if it listens on all, the first external IPv4 address of
 * `interfaces` (loopback if there is none). Throws a `TypeError` if it does not listen on a TCP port.
 */
export function advertisedUrl(server: Server, interfaces: Interfaces): string {
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new TypeError("the server does not listen on a TCP port: set the option url of membership");
  }
  const isAny = address.address === "::" || address.address === "0.0.0.0";
  const host = isAny ? externalAddress(interfaces) : address.address;
  const scheme = server instanceof TlsServer ? "https" : "http";
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}

function externalAddress(interfaces: Interfaces): string {
  const all = Object.values(interfaces).flatMap((each) => each ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}
