import { shownJson } from "@conclave/runtime";
import { inspectLog, type LogFinding, transactionName } from "@conclave/server";
import { hex, jsonLine } from "./json-line.js";
import type { Output } from "./output.js";

type LogRecord = Extract<LogFinding, { readonly transactions: unknown }>["transactions"][number];
type LoggedTxn = LogRecord["txn"];

/**
 * Prints a transaction log, a line for each transaction. Returns a description of a hole with whole transactions after it;
 * `undefined` for a sound log. Throws like `inspectLog`, after it printed the transactions before the damage.
 */
export async function printLog(path: string, asJson: boolean, output: Output): Promise<string | undefined> {
  let count = 0;
  let hole: string | undefined;
  for await (const finding of inspectLog(path)) {
    if (!output.isOpen) return undefined;
    if ("tornAt" in finding) {
      const { tornAt, behind } = finding;
      const text = `the last write is incomplete at byte ${tornAt}; it was never acknowledged`;
      if (asJson) await output.line(jsonLine(finding));
      else if (behind === 0) await output.line(text);
      if (behind > 0) hole = holeAt(path, tornAt, behind);
      continue;
    }
    for (const record of finding.transactions) await output.line(asJson ? jsonLine(asObject(record)) : asText(record));
    count += finding.transactions.length;
    await output.flush();
  }
  if (!asJson) await output.line(`${count} transactions`);
  await output.flush();
  return hole;
}

function holeAt(path: string, offset: number, behind: number): string {
  const whole = behind === 1 ? "1 whole transaction follows" : `${behind} whole transactions follow`;
  return `${path} has a hole at byte ${offset}: ${whole}, and a server that starts from it leaves them out`;
}

function asObject({ header, txn, digest }: LogRecord): unknown {
  const { zxid, clientId, cxid, time, type } = header;
  return {
    zxid,
    time: new Date(time).toISOString(),
    session: clientId,
    cxid,
    ...named(txn),
    type: transactionName(type),
    digest: digest?.treeDigest,
    digestVersion: digest?.version,
  };
}

function named(txn: LoggedTxn): object {
  return "txns" in txn
    ? { type: transactionName(txn.type), txns: txn.txns.map(named) }
    : { ...txn, type: transactionName(txn.type) };
}

function asText({ header, txn, digest }: LogRecord): string {
  const { zxid, clientId, cxid, time } = header;
  const end = digest === undefined ? "" : `  digest ${hex(digest.treeDigest)}`;
  const who = `session ${hex(clientId)} cxid 0x${(cxid >>> 0).toString(16)}`;
  return `${new Date(time).toISOString()} ${hex(zxid)} ${who} ${described(txn)}${end}`;
}

function described(txn: LoggedTxn): string {
  const name = transactionName(txn.type);
  if ("txns" in txn) return `${name} [${txn.txns.map(described).join("; ")}]`;
  const details: string[] = [];
  if ("path" in txn) details.push(shownJson(txn.path));
  if ("paths" in txn) details.push(...(txn.paths ?? []).map(shownJson));
  if ("data" in txn) details.push(txn.data === null ? "no data" : `${txn.data.length} bytes`);
  if ("version" in txn) details.push(`version ${txn.version}`);
  if ("ephemeral" in txn && txn.ephemeral) details.push("ephemeral");
  if ("ttl" in txn) details.push(`ttl ${txn.ttl} ms`);
  if ("timeoutMs" in txn) details.push(`timeout ${txn.timeoutMs} ms`);
  if ("err" in txn) details.push(String(txn.err));
  return [name, ...details].join(" ");
}
