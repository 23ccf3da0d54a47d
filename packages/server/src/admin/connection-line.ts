import type { Connection } from "../transport/connection.js";
import { operationCode } from "./operation-code.js";

/**
 * Formats a connection as Apache's `cons` (full) and `stat` (brief) do (ServerCnxn.dumpConnectionInfo). Fields of the
 * session are present only if there is one.
 */
export function connectionLine(connection: Connection, detail: "full" | "brief"): string {
  const { remote, received, sent, order, interestOps, session } = connection;
  const fields = [`queued=${order.length}`, `recved=${received}`, `sent=${sent}`];
  if (detail === "full" && session !== undefined) {
    const { statistics, establishedAt } = connection;
    fields.push(
      `sid=${hex(session.id)}`,
      `lop=${operationCode(statistics.lastOperation)}`,
      `est=${establishedAt}`,
      `to=${session.timeoutMs}`,
      ...(statistics.lastCxid >= 0 ? [`lcxid=0x${statistics.lastCxid.toString(16)}`] : []),
      `lzxid=${hex(statistics.lastZxid)}`,
      `lresp=${Math.floor(statistics.lastResponseAt)}`,
      `llat=${Math.floor(statistics.lastLatencyMs)}`,
      `minlat=${Math.floor(statistics.minLatencyMs)}`,
      `avglat=${Math.floor(statistics.averageLatencyMs)}`,
      `maxlat=${Math.floor(statistics.maxLatencyMs)}`,
    );
  }
  return ` /${remote}[${interestOps.toString(16)}](${fields.join(",")})`;
}

function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}
