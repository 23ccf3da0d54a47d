import { StorageError } from "@conclave/server";
import type { ServedConfig } from "./fileless-config.js";

/**
 * Returns the reason why a server did not start: what failed, where, and what to do. A stack is for bugs only.
 *
 * @param portName the key or the option that set the client port
 */
export function startFailure(error: unknown, config: ServedConfig, portName = "clientPort"): string {
  if (error instanceof StorageError) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { key, port, address } = portOf(error, config, portName);
  const where = `port ${port} of ${address ?? "this machine"}`;
  switch ((error as NodeJS.ErrnoException).code) {
    case "EADDRINUSE":
      return `${where} is in use by another process: stop that, or set another ${key}`;
    case "EACCES":
      return `${where} may not be opened by this user: ports below 1024 usually belong to root; set another ${key}`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `${address} is not an address of this machine (${error.message}): set another one beside ${key}`;
    default:
      return error instanceof RangeError ? error.message : (error.stack ?? error.message);
  }
}

/** Finds the key of the port in an error of Node.js, which holds the number. */
function portOf(
  error: Error,
  config: ServedConfig,
  portName: string,
): { key: string; port: number | undefined; address: string | undefined } {
  const { clientPort, clientPortAddress, secureClientPort, secureClientPortAddress, admin, metrics } = config;
  const ports = [
    { key: portName, port: clientPort, address: clientPortAddress },
    { key: "secureClientPort", port: secureClientPort, address: secureClientPortAddress },
    { key: "admin.serverPort", port: admin?.port, address: admin?.address },
    { key: "metricsProvider.httpPort", port: metrics?.port ?? 7000, address: metrics?.address },
  ];
  const { port: failed } = error as { readonly port?: number };
  return (failed === undefined ? undefined : ports.find(({ port }) => port === failed)) ?? ports[0]!;
}
