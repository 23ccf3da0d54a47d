import { lookup } from "node:dns";
import { connect, type LookupFunction, type OnReadOpts, type Socket } from "node:net";
import type { Random } from "@conclave/runtime";
import type { ServerAddress } from "./server-address.js";
import { shuffled } from "./shuffled.js";

/** How long one of several addresses of a name is tried before the next. */
const NEXT_ADDRESS_AFTER_MS = 500;
const READ_BYTES = 64 * 1024;

/**
 * Opens a TCP connection. The name is resolved now, its addresses are tried in random order. `onBytes` gets what
 * arrives in a buffer that is used again for the next.
 */
export function openSocket(server: ServerAddress, random: Random, onBytes: (bytes: Uint8Array) => void): Socket {
  const inRandomOrder: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      callback(error, error === null ? shuffled(addresses, random) : []);
    });
  };
  const onread: OnReadOpts = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (length, buffer) => {
      onBytes(buffer.subarray(0, length));
      return true;
    },
  };
  return connect({
    host: server.host,
    port: server.port,
    noDelay: true,
    lookup: inRandomOrder,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
    onread,
  });
}
