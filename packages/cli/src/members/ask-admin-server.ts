import { type AskOptions, type ServerTarget, shownTarget } from "./server-target.js";

/** Answers of an AdminServer that are used: none of them needs a user. */
export interface AdminAnswers {
  /** Time of the server, in whole seconds since 1970, as milliseconds. */
  readonly dateMs: number | undefined;
  /** When the answer with {@link dateMs} arrived, by the clock of this process. */
  readonly receivedAtMs: number;
  /** Undefined for a standalone server. */
  readonly serverId: bigint | undefined;
  /** Metrics by their names in `mntr`, without `zk_`. */
  readonly metrics: ReadonlyMap<string, string>;
}

/**
 * Asks the AdminServer at the host of a server. Resolves with `undefined` if there is none, or if it belongs to another server of
 * that host: then its client port is another one.
 */
export async function askAdminServer(
  { host, port: clientPort }: ServerTarget,
  adminPort: number,
  { timeoutMs, signal }: AskOptions,
): Promise<AdminAnswers | undefined> {
  const ask = async (command: string): Promise<{ readonly date: string | null; readonly body: unknown }> => {
    const url = `http://${shownTarget({ host, port: adminPort })}/commands/${command}`;
    const response = await fetch(url, {
      ...{ redirect: "error", signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) },
    });
    return { date: response.headers.get("date"), body: await response.json() };
  };
  try {
    const { date, body } = await ask("configuration");
    const receivedAtMs = Date.now();
    if (!isObject(body) || body.command !== "configuration" || body.client_port !== clientPort) return undefined;
    const { body: monitor } = await ask("monitor");
    const dateMs = date === null ? Number.NaN : Date.parse(date);
    return {
      ...{ dateMs: Number.isNaN(dateMs) ? undefined : dateMs, receivedAtMs },
      serverId:
        Number.isSafeInteger(body.server_id) && body.server_id !== 0 ? BigInt(Number(body.server_id)) : undefined,
      metrics: new Map(Object.entries(isObject(monitor) ? monitor : {}).map(([name, value]) => [name, String(value)])),
    };
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
