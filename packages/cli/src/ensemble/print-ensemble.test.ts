import { expect, it } from "vitest";
import type { EnsembleMember, EnsembleProcesses } from "./ensemble-processes.js";
import { jsonPrinter, textPrinter } from "./print-ensemble.js";

const member = (id: number, changed: Partial<EnsembleMember> = {}): EnsembleMember => ({
  ...{
    id,
    connectString: `127.0.0.1:218${id}`,
    folder: `/d/${id}`,
    config: `/d/${id}/zoo.cfg`,
    mode: "follower",
    pid: 40 + id,
  },
  ...changed,
});

function ensemble(leader: number | undefined, members: readonly EnsembleMember[]): EnsembleProcesses {
  const connectString = members.map((each) => each.connectString).join(",");
  return { connectString, path: "/d", members, leader } as EnsembleProcesses;
}

const all = [member(1), member(2, { mode: "leader" }), member(3)];

it("the text about an ensemble is the connect string, the leader, the followers, and what to do", () => {
  expect(textPrinter.serving(ensemble(2, all), true)).toEqual([
    "127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183",
    "leader: server.2 (127.0.0.1:2182, process 42)",
    "server.1: 127.0.0.1:2181, process 41, follower",
    "server.3: 127.0.0.1:2183, process 43, follower",
    "data and logs: /d, removed at the end",
    "Ctrl-C stops all servers; kill -9 42 kills the leader",
  ]);
});

it("the text about a server that ended on its own has its exit code, its last words and a command for a shell", () => {
  const odd = [member(1, { pid: undefined, config: "/it's/1/zoo.cfg" }), ...all.slice(1)];
  const exit = { type: "ended", id: 1, pid: 41, code: 1, signal: null, output: "conclave: no disk" } as const;
  expect(textPrinter.changed(exit, ensemble(2, odd))).toEqual([
    "server.1 (process 41) ended with exit code 1: no disk",
    "  start it again: conclave server '/it'\\''s/1/zoo.cfg'",
  ]);
});

it("the text about a new leader has the time without one, also if another program has started that server", () => {
  const elsewhere = ensemble(1, [member(1, { pid: undefined, mode: "ended" }), ...all.slice(1)]);
  expect(textPrinter.changed({ type: "leader", leader: 1, afterMs: 1234 }, elsewhere)).toEqual([
    "leader: server.1 (127.0.0.1:2181, started elsewhere), 1.23 s after the last one was lost",
  ]);
});

it("JSON has null for no leader, and the same fields in each object of a kind", () => {
  const lost = jsonPrinter.changed({ type: "leader", leader: undefined, afterMs: undefined }, ensemble(undefined, all));
  expect(lost.map((line) => JSON.parse(line))).toEqual([{ time: expect.any(String), event: "leader", leader: null }]);
  const [serving] = jsonPrinter.serving(ensemble(2, all), false);
  expect(JSON.parse(serving!)).toMatchObject({
    event: "serving",
    leader: 2,
    dataDir: "/d",
    servers: [{ id: 1, pid: 41 }, {}, {}],
  });
});
