import { execFile } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const TIMEOUT_MS = 30_000;

/** Runs the app to its end, and returns all that it printed. */
function run(...args: string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  const env = { ...process.env, CONCLAVE_SERVERS: "", NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
    );
  });
}

it("says which options there are", async () => {
  const { code, output } = await run("--server", "127.0.0.1:2181");
  expect(output).toMatch(/^express-cluster: Unknown option '--server'.*: there are --servers, --port, --instances/);
  expect(code).toBe(1);
});

it("says that its port is taken, in one line of each process", { timeout: TIMEOUT_MS }, async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const { code, output } = await run("--port", String(port));
  expect(output).toContain(`address already in use 127.0.0.1:${port}: choose another port with --port or PORT\n`);
  expect(output).toContain("express-cluster: web-1 ended with code 1 before it was a member\n");
  expect(output).not.toContain("    at ");
  expect(code).toBe(1);
  taken.close();
});
