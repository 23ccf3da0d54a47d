import { join } from "node:path";
import type { ServerOptions } from "@conclave/server";
import { Child } from "./child.ts";
import type { Side } from "./pin.ts";
import type { ServerReport } from "./server-process.ts";

/** A Conclave server in a process of its own. */
export interface ConclaveServer {
  readonly connectString: string;
  readonly port: number;
  /** Stops the server in order. */
  close(): Promise<void>;
  /** Kills the server with SIGKILL. */
  kill(): Promise<void>;
}

/**
 * Starts a server process. `options` are plain data, without functions. Rejects with the output of the process if it does
 * not serve.
 */
export async function startConclaveServer(options: ServerOptions, side?: Side): Promise<ConclaveServer> {
  const child = new Child<ServerReport>(join(import.meta.dirname, "server-process.ts"), { input: options, side });
  try {
    const { connectString, port } = await child.next("serving", 20_000);
    return {
      connectString,
      port,
      close: async () => void (await child.stop()),
      kill: () => child.kill(),
    };
  } catch (error) {
    await child.kill();
    throw error;
  }
}
