import { type ConnectOptions, connect, digestMd5, type ZooKeeper } from "@conclave/client";
import { type ConnectionSettings, tlsOptions } from "./connection-settings.js";

/** The session of a command outlives a fail-over. */
const SESSION_TIMEOUT_MS = 30_000;

/** Connects. Resolves with the reason as text for the user if no server accepts the client. */
export async function openClient(settings: ConnectionSettings, signal: AbortSignal): Promise<ZooKeeper | string> {
  const { servers, connectTimeoutMs, canBeReadOnly } = settings;
  const options: ConnectOptions = { sessionTimeoutMs: SESSION_TIMEOUT_MS, connectTimeoutMs, canBeReadOnly, signal };
  const credentials = credentialsOf(settings);
  if (typeof credentials === "string") return credentials;
  try {
    return await connect(servers, { ...options, ...credentials, tls: await tlsOptions(settings) });
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof TypeError || (error as NodeJS.ErrnoException).code === "ENOENT") return message;
    return `${message}. Is the address right, and does a server run there? \`conclave server --memory\` starts one on this machine`;
  }
}

/** Returns a string with the problem of an invalid option. */
function credentialsOf({ auth, sasl }: ConnectionSettings): Pick<ConnectOptions, "auth" | "sasl"> | string {
  const digest = auth === undefined ? {} : { auth: [{ scheme: "digest", auth }] };
  if (sasl === undefined) return digest;
  const colon = sasl.indexOf(":");
  if (colon < 1) return "--sasl: write <user>:<password>, or set CONCLAVE_SASL in the environment";
  return { ...digest, sasl: digestMd5({ username: sasl.slice(0, colon), password: sasl.slice(colon + 1) }) };
}
