import { jsonLine } from "../json-line.js";
import type { EnsembleProcessChange, EnsembleProcesses } from "./ensemble-processes.js";

/** Lines about an ensemble, on standard output. */
export interface EnsemblePrinter {
  /** Returns the lines about an ensemble that serves: first the connect string, alone. */
  serving(ensemble: EnsembleProcesses, isTemporary: boolean): readonly string[];
  /** Returns the lines about a change. */
  changed(change: EnsembleProcessChange, ensemble: EnsembleProcesses): readonly string[];
}

/** Prints one JSON object per line. */
export const jsonPrinter: EnsemblePrinter = {
  serving: ({ connectString, leader = null, path: dataDir, members }) => {
    const servers = members.map(({ id, connectString: address, pid, mode, config }) => {
      return { id, connectString: address, pid, mode, config };
    });
    return [jsonLine({ event: "serving", connectString, leader, dataDir, servers })];
  },
  changed: (change) => {
    const { type: event, ...fields } = change;
    const shown = change.type === "leader" ? { ...fields, leader: change.leader ?? null } : fields;
    return [jsonLine({ time: new Date().toISOString(), event, ...shown })];
  },
};

/** Prints for a person. */
export const textPrinter: EnsemblePrinter = {
  serving: (ensemble, isTemporary) => {
    const { connectString, members, path, leader } = ensemble;
    const leading = members.find(({ id }) => id === leader);
    return [
      connectString,
      `leader: ${nameOf(leader, ensemble)}`,
      ...members
        .filter(({ id }) => id !== leader)
        .map(({ id, connectString: address, pid, mode }) => `server.${id}: ${address}, process ${pid}, ${mode}`),
      `data and logs: ${path}${isTemporary ? ", removed at the end" : ""}`,
      `Ctrl-C stops all servers${leading?.pid === undefined ? "" : `; kill -9 ${leading.pid} kills the leader`}`,
    ];
  },
  changed: (change, ensemble) => {
    const { members } = ensemble;
    switch (change.type) {
      case "leader": {
        if (change.leader !== undefined) {
          const seconds = ((change.afterMs ?? 0) / 1000).toFixed(2);
          return [`leader: ${nameOf(change.leader, ensemble)}, ${seconds} s after the last one was lost`];
        }
        return [leaderless(members)];
      }
      case "ended": {
        const { id, pid, code, signal, output } = change;
        const end = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
        const reason = output === "" ? "" : `: ${output.replace(/^conclave: /, "")}`;
        const config = members.find((member) => member.id === id)!.config;
        const lines = [
          `server.${id} (process ${pid}) ${end}${reason}`,
          `  start it again: conclave server ${quoted(config)}`,
        ];
        return ensemble.leader === undefined ? [...lines, leaderless(members)] : lines;
      }
      case "mode":
        return [];
    }
  },
};

function leaderless(members: EnsembleProcesses["members"]): string {
  const running = members.filter(({ pid }) => pid !== undefined).length;
  const needed = Math.floor(members.length / 2) + 1;
  const outlook = running < needed ? `${needed} are needed to elect one` : "they elect one";
  return `no leader: ${running} of ${members.length} servers run; ${outlook}`;
}

function nameOf(leader: number | undefined, { members }: EnsembleProcesses): string {
  const found = members.find(({ id }) => id === leader);
  if (found === undefined) return "none";
  const { id, connectString, pid } = found;
  return `server.${id} (${connectString}, ${pid === undefined ? "started elsewhere" : `process ${pid}`})`;
}

/** Quotes a path for a shell where it needs it. */
function quoted(path: string): string {
  return /^[\w./:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
