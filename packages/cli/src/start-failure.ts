import { StorageError } from "@conclave/server";
import type { ServerConfig } from "./config/server-config.js";

/** Why a server did not start, for the person who tried: what, where, what to do. Never a stack for what is no bug. */
export function startFailure(error: unknown, { clientPort, clientPortAddress }: ServerConfig): string {
  if (error instanceof StorageError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const where = `port ${clientPort} of ${clientPortAddress ?? "this machine"}`;
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return `${where} is in use by another process: stop that, or set another clientPort`;
    case "EACCES":
      return `${where} may not be opened by this user: ports below 1024 usually belong to root; set another clientPort`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${clientPortAddress} is not an address of this machine (${error.message}): set another clientPortAddress`;
    default:
      return error instanceof RangeError ? error.message : (error.stack ?? error.message);
  }
}
