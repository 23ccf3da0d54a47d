import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "vitest";
import { itOnApache } from "../apache/it-on-apache.ts";
import { processIsAlive } from "./process-is-alive.ts";

const program = `
const { startApacheStandalone } = await import(${JSON.stringify(join(import.meta.dirname, "../index.ts"))});
const { pid, dataDir } = await startApacheStandalone();
console.log(JSON.stringify({ pid, dataDir }));
setInterval(() => {}, 1_000);
`;

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  itOnApache(`ends the services of a process that was ended by ${signal}, and removes their folders`, async () => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    const { pid, dataDir } = JSON.parse(line) as { pid: number; dataDir: string };
    expect(processIsAlive(pid)).toBe(true);
    child.kill(signal);
    await expect.poll(() => processIsAlive(pid)).toBe(false);
    await expect
      .poll(() =>
        access(dataDir).then(
          () => true,
          () => false,
        ),
      )
      .toBe(false);
  });
}
