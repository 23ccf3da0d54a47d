/**
 * Ends services and removes folders when this process has ended, for any reason.
 *
 * Handlers of `process.on("exit")` do not run after SIGKILL or when memory is exhausted, and Java's servers do not watch their
 * standard input. So the first service also starts a small shell, which reads lines from a pipe to which only this process
 * writes. The kernel closes the pipe when this process ends; the shell then kills the listed processes and removes the listed
 * folders. It has a process group of its own, so that Ctrl-C in a terminal does not end it before its work is done.
 */
import { spawn } from "node:child_process";
import type { Socket } from "node:net";

const script = `
trap '' INT TERM HUP
pids=' ' names=' '
while read -r verb item; do
  case $verb in
    process) pids="$pids$item " ;;
    exited) case $pids in *" $item "*) pids="\${pids%% $item *} \${pids#* $item }" ;; esac ;;
    container) names="$names$item " ;;
    folder) set -- "$@" "$item" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
for name in $names; do docker rm --force "$name" >/dev/null 2>&1; done
# A process that is ending may still create a file: the second attempt removes it.
for folder in "$@"; do rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }; done 2>/dev/null
`;

let pipe: Socket | undefined;

const send = (line: string): void => {
  if (pipe === undefined) {
    const shell = spawn("/bin/sh", ["-c", script, "conclave-services-watchdog"], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    shell.unref();
    pipe = shell.stdin as Socket;
    pipe.unref();
    // Without the watchdog `close()` still ends the services: an error of the watchdog must not fail the tests.
    shell.on("error", () => {});
    pipe.on("error", () => {});
  }
  pipe.write(`${line}\n`);
};

export const watchdog = {
  /** Kills the process `pid` when this process has ended, unless {@link exited} was called for it. */
  process: (pid: number): void => send(`process ${pid}`),
  /** Removes `pid` from the list: the process has ended, and another process may get its number. */
  exited: (pid: number): void => send(`exited ${pid}`),
  /** Removes the Docker container when this process has ended. */
  container: (name: string): void => send(`container ${name}`),
  /** Removes the folder when this process has ended. */
  folder: (path: string): void => send(`folder ${path}`),
};
