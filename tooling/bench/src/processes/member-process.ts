/** A process with one member of an ensemble. It reports its role when that changes, and prints its log. */
import type { Logger } from "@conclave/runtime";
import { type ServerOptions, startServer } from "@conclave/server";
import { childInput, report } from "./child.ts";

export interface MemberReport {
  readonly type: "mode";
  readonly mode: string;
}

const print =
  (level: string) =>
  (message: string, fields?: object): void => {
    const text = JSON.stringify(fields, (_, value) =>
      typeof value === "bigint" || value instanceof Error ? String(value) : value,
    );
    process.stderr.write(`${new Date().toISOString().slice(11)} ${level} ${message} ${text ?? ""}\n`);
  };
const logger: Logger = { debug() {}, info: print("info"), warn: print("warn"), error: print("error") };

const server = await startServer({ logger, ...childInput<ServerOptions>(), onFailure: fail });
const stop = (): void => void server.close().then(() => process.exit(0), fail);
process.once("SIGTERM", stop);
process.once("disconnect", stop);
let last = "";
setInterval(() => {
  // Rejects when the parent has disconnected.
  if (server.mode !== last) report({ type: "mode", mode: server.mode } satisfies MemberReport).catch(() => {});
  last = server.mode;
}, 5);

function fail(cause: unknown): void {
  console.error(cause);
  process.exit(1);
}
