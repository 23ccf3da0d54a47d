import { spawn } from "node:child_process";

/*
 * Builds what its arguments select (turbo's own, such as --filter), and says in one line what it does; all that turbo
 * prints comes only if the build fails. `node tooling/build.ts [turbo arguments]`
 */
const onTerminal = process.stdout.isTTY === true && process.env.CI === undefined;
const startedAt = performance.now();
const say = (text: string): void => void process.stdout.write(text);

if (onTerminal) say("Building…");
const turbo = spawn("turbo", ["run", "build", "--output-logs=errors-only", ...process.argv.slice(2)], {
  env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", FORCE_COLOR: onTerminal ? "1" : "0" },
  stdio: ["ignore", "pipe", "pipe"],
  shell: process.platform === "win32",
});
let output = "";
for (const stream of [turbo.stdout, turbo.stderr]) {
  stream.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
}
turbo.on("error", (error) => {
  output += `${error.message}\n`;
});
turbo.on("close", (code) => {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const tasks = /Tasks:\s+\d+ successful, (\d+) total/.exec(output)?.[1];
  if (onTerminal) say("\r\u001b[K");
  say(
    code === 0
      ? `Built ${tasks ?? "all"} packages in ${seconds} s.\n`
      : `The build failed after ${seconds} s.\n${output}`,
  );
  process.exitCode = code ?? 1;
});
