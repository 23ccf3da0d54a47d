/** A process with one Conclave server, which benchmarks and soaks start, restart and kill. */
import { type ServerOptions, startServer } from "@conclave/server";
import { childInput, report } from "./child.ts";

export interface ServerReport {
  readonly type: "serving";
  readonly connectString: string;
  readonly port: number;
}

const server = await startServer({ ...childInput<ServerOptions>(), onFailure: fail });
process.once("disconnect", () => void server.close().then(() => process.exit(0), fail));
await report({ type: "serving", connectString: server.connectString, port: server.port } satisfies ServerReport);

function fail(cause: unknown): void {
  console.error(cause);
  process.exit(1);
}
