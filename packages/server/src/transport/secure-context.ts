import type { TlsOptions } from "node:tls";
import type { ServerTlsOptions } from "../options/tls-options.js";

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** The options in Node.js's terms. */
export function nodeTlsOptions(options: ServerTlsOptions): TlsOptions {
  const { clientAuth = "need", handshakeTimeoutMs = HANDSHAKE_TIMEOUT_MS, ...rest } = options;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given),
    handshakeTimeout: handshakeTimeoutMs,
    requestCert: clientAuth !== "none",
    rejectUnauthorized: clientAuth === "need",
  };
}
