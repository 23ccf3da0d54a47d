import { setTimeout as delay } from "node:timers/promises";
import type { ConnectionSettings } from "../connection/connection-settings.js";
import { ExitCode } from "../exit-code.js";
import { jsonLine } from "../json-line.js";
import { findEnsemble, type LargestZnodes, largestZnodes } from "../members/find-ensemble.js";
import type { EnsembleReading, MemberReading } from "../members/member-reading.js";
import { readEnsemble, readZxid } from "../members/read-ensemble.js";
import type { AskOptions } from "../members/server-target.js";
import type { Output } from "../output.js";
import { quotedIfNeeded } from "../quoted.js";
import { diagnose } from "./diagnose.js";
import type { CheckResult } from "./finding.js";
import { formatDiagnosis } from "./format-diagnosis.js";
import { adviceOn } from "./restart-advice.js";

/** Time that a server has to reach the leader's transaction of the first reading. */
const LATE_AFTER_MS = 500;
const LARGE_DATA_BYTES = 800_000;
const MANY_CHILDREN = 10_000;

/** Settings of `conclave doctor`. */
export interface DoctorSettings extends ConnectionSettings {
  readonly asJson: boolean;
  readonly hasColors: boolean;
  /** Time in which a server has to answer a four-letter word. */
  readonly answerTimeoutMs: number;
  /** Port of the AdminServers; 0: they are not asked. */
  readonly adminPort: number;
  /** True to read the whole tree for large znodes. */
  readonly readsZnodes: boolean;
  /** Id or address of the server of which the restart decides the exit code. */
  readonly mayRestart: string | undefined;
}

/** Destination of the report. */
export interface DoctorContext {
  readonly output: Output;
  /** Prints an error for the user. */
  complain(text: string): void;
  /** Ends the command. */
  readonly signal: AbortSignal;
}

/** Exit codes of `conclave doctor`, in the order of severity that monitors use. */
const EXIT_CODES = { good: ExitCode.OK, warning: ExitCode.FAILED, problem: ExitCode.MISUSED } as const;

/** Judges an ensemble, and prints the report. Resolves with the exit code: 0 healthy, 1 with warnings, 2 with problems. */
export async function runDoctor(settings: DoctorSettings, context: DoctorContext): Promise<number> {
  const { output, complain, signal } = context;
  let largest: LargestZnodes | undefined;
  const found = await findEnsemble(settings, signal, async (zk) => {
    if (settings.readsZnodes) largest = await largestZnodes(zk, signal);
  });
  if (typeof found === "string") {
    complain(found);
    return ExitCode.MISUSED;
  }
  const ask = { timeoutMs: settings.answerTimeoutMs, signal };
  const { adminPort } = settings;
  const reading = await again(await readEnsemble({ ...found, ...ask, words: ["mntr", "cons"], adminPort }), ask);
  const { noSession } = found;
  const diagnosis = diagnose(reading, {
    session: {
      good: "a client got a session",
      findings: noSession === undefined ? [] : [{ level: "problem", text: noSession }],
    },
    ...(largest !== undefined && { tree: checkLargest(largest) }),
  });
  if (settings.asJson) {
    for (const finding of diagnosis.findings) await output.line(jsonLine(finding));
    for (const { server, mode, may, reason } of diagnosis.restarts) {
      await output.line(jsonLine({ restart: server, mode, may, reason }));
    }
    await output.line(jsonLine({ level: diagnosis.level }));
  } else {
    for (const line of formatDiagnosis(diagnosis, settings)) await output.line(line);
  }
  await output.flush();
  if (settings.mayRestart === undefined) return EXIT_CODES[diagnosis.level];
  const advice = adviceOn(settings.mayRestart, diagnosis.restarts, reading.members);
  if (advice !== undefined) return advice.may ? ExitCode.OK : ExitCode.MISUSED;
  complain(`${quotedIfNeeded(settings.mayRestart)} is no server of this ensemble: name the id or the address of one`);
  return ExitCode.MISUSED;
}

/** Reads the servers again that had not reached the leader's last transaction, after some time. */
async function again(reading: EnsembleReading, options: AskOptions): Promise<EnsembleReading> {
  const zxid = reading.members.find(({ summary }) => summary?.mode === "leader")?.summary?.zxid;
  const isLate = ({ summary }: MemberReading): boolean =>
    zxid !== undefined && summary !== undefined && summary.zxid < zxid;
  if (!reading.members.some(isLate)) return reading;
  await delay(LATE_AFTER_MS, undefined, { signal: options.signal });
  const members = await Promise.all(
    reading.members.map(async (member) =>
      isLate(member) ? { ...member, laterZxid: await readZxid(member.target, options) } : member,
    ),
  );
  return { ...reading, members };
}

function checkLargest({ znodes, data, children }: LargestZnodes): CheckResult {
  const findings = [
    ...(data.bytes < LARGE_DATA_BYTES
      ? []
      : [`${quotedIfNeeded(data.path)} has ${data.bytes} bytes, near jute.maxbuffer (1 MiB): writes of it will fail`]),
    ...(children.count < MANY_CHILDREN
      ? []
      : [`${quotedIfNeeded(children.path)} has ${children.count} children: their list may exceed jute.maxbuffer`]),
  ];
  return {
    good: `${znodes} znodes; the largest data has ${data.bytes} bytes, the longest list ${children.count} children`,
    findings: findings.map((text) => ({ level: "warning", text })),
  };
}
