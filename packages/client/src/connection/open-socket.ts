import { lookup } from "node:dns";
import { connect, type LookupFunction, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import type { Random } from "@conclave/runtime";
import type { ServerAddress } from "./server-address.js";
import { shuffled } from "./shuffled.js";

/** How long one of several addresses of a name is tried before the next. */
const NEXT_ADDRESS_AFTER_MS = 500;
const READ_BYTES = 64 * 1024;

/** What a socket tells. */
export interface SocketListener {
  /** It is open, and with TLS the server has proved who it is. */
  readonly opened: () => void;
  /** The bytes may be overwritten after the call. */
  readonly bytes: (bytes: Uint8Array) => void;
}

/**
 * Opens a TCP connection, and TLS on it where there are options for that. The name is resolved now, its addresses are
 * tried in random order. Errors and the end are the socket's own events.
 */
export function openSocket(
  server: ServerAddress,
  random: Random,
  tls: TlsOptions | undefined,
  { opened, bytes }: SocketListener,
): Socket {
  const inRandomOrder: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      callback(error, error === null ? shuffled(addresses, random) : []);
    });
  };
  const shared = {
    host: server.host,
    port: server.port,
    lookup: inRandomOrder,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
  };
  if (tls !== undefined) {
    const socket = connectTls({ ...tls, ...shared });
    socket.setNoDelay(true);
    socket.on("data", bytes);
    return socket.on("secureConnect", opened);
  }
  // One buffer for all that arrives.
  const onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (length, buffer) => {
      bytes(buffer.subarray(0, length));
      return true;
    },
  };
  return connect({ ...shared, noDelay: true, onread }).on("connect", opened);
}
