import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@conclave/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import { serve } from "./serve.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "conclave-serve-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Serves, and asks it to stop by each of these signals as soon as it does; resolves with all that came of it. */
async function serveUntil(...signals: NodeJS.Signals[]): Promise<{ code: number; exits: number[]; listens: boolean }> {
  const file = join(folder, "zoo.cfg");
  writeFileSync(file, "clientPort=0\nclientPortAddress=127.0.0.1\ndataDir=data\nadmin.enableServer=false\n");
  const exits: number[] = [];
  let ask: ((signal: NodeJS.Signals) => void) | undefined;
  const info = (message: string): void => {
    if (message === "serving clients") for (const signal of signals) ask?.(signal);
  };
  const code = await serve(
    { file, systemProperties: [] },
    {
      logger: { ...silentLogger, info },
      workingFolder: folder,
      complain: (text) => expect.unreachable(text),
      announce: (connectString) => expect.unreachable(connectString),
      onStopRequested: (callback) => {
        ask = callback;
        return () => {
          ask = undefined;
        };
      },
      exit: (exitCode) => void exits.push(exitCode),
    },
  );
  return { code, exits, listens: ask !== undefined };
}

it("stops on a signal, and removes its listeners", async () => {
  expect(await serveUntil("SIGTERM")).toEqual({ code: 0, exits: [], listens: false });
});

it("exits at once on a second signal, with the code of that signal", async () => {
  expect((await serveUntil("SIGTERM", "SIGINT")).exits).toEqual([130]);
  expect((await serveUntil("SIGINT", "SIGTERM")).exits).toEqual([143]);
});
