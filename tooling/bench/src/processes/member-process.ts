/** A process with one member of an ensemble. It reports its role when that changes. */
import { type ServerOptions, startServer } from "@conclave/server";
import { childInput, report } from "./child.ts";

export interface MemberReport {
  readonly type: "mode";
  readonly mode: string;
}

const server = await startServer({ ...childInput<ServerOptions>(), onFailure: fail });
process.once("disconnect", () => void server.close().then(() => process.exit(0), fail));
let last = "";
setInterval(() => {
  if (server.mode !== last) void report({ type: "mode", mode: server.mode } satisfies MemberReport);
  last = server.mode;
}, 5);

function fail(cause: unknown): void {
  console.error(cause);
  process.exit(1);
}
