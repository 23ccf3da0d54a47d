/**
 * Nothing that we start outlives this process, however it ends.
 *
 * A handler of `process.on("exit")` never runs after SIGKILL or an out-of-memory death, and Java's servers do not look at
 * their standard input. So the first service started here also starts one small shell that reads lines from a pipe
 * whose only writer is this process. The kernel closes the pipe when this process is gone, and the shell then ends
 * what is still listed with SIGKILL and removes the listed folders. It has a process group of its own, so that Ctrl-C
 * in a terminal cannot end it before its work is done.
 */
import { spawn } from "node:child_process";
import type { Socket } from "node:net";

const script = `
trap '' INT TERM HUP
pids=' ' names=' '
while read -r verb what; do
  case $verb in
    process) pids="$pids$what " ;;
    exited) case $pids in *" $what "*) pids="\${pids%% $what *} \${pids#* $what }" ;; esac ;;
    container) names="$names$what " ;;
    folder) set -- "$@" "$what" ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
for name in $names; do docker rm --force "$name" >/dev/null 2>&1; done
# A process that is dying may still create a file: the second look finds it.
for folder in "$@"; do rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }; done 2>/dev/null
`;

let pipe: Socket | undefined;

const tell = (line: string): void => {
  if (pipe === undefined) {
    const shell = spawn("/bin/sh", ["-c", script, "conclave-services-watchdog"], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    shell.unref();
    pipe = shell.stdin as Socket;
    pipe.unref();
    // Without a watchdog the services still end by `close()`; its loss must not end the tests.
    shell.on("error", () => {});
    pipe.on("error", () => {});
  }
  pipe.write(`${line}\n`);
};

export const watchdog = {
  /** The process `pid` ends with this one, unless {@link exited} is told first. */
  process: (pid: number): void => tell(`process ${pid}`),
  /** The process `pid` is gone: its number may soon be somebody else's. */
  exited: (pid: number): void => tell(`exited ${pid}`),
  /** The Docker container is removed when this process is gone. */
  container: (name: string): void => tell(`container ${name}`),
  /** The folder is removed when this process is gone. */
  folder: (path: string): void => tell(`folder ${path}`),
};
