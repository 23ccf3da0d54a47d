import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { readDeployFile, readUnit } from "./deploy-files.ts";
import { expectLifeOfMembers } from "./life-of-members.ts";
import { LocalMembers } from "./local-members.ts";

const UNITS = [
  ["embedded", "conclave-app.service"],
  ["conclave", "conclave.service"],
  ["apache", "zookeeper.service"],
] as const;

const run = promisify(execFile);
const noSystemd = await run("systemd-analyze", ["--version"]).then(
  () => undefined,
  (error: Error) => error.message,
);

describe.each(UNITS)("deploy/%s/%s", (kind, file) => {
  it("restarts the member, ends it by SIGTERM, and runs it without root", () => {
    const unit = readUnit(kind, file);
    const one = (key: string): string | undefined => unit.get(key)?.join();
    expect([one("Restart"), one("KillSignal"), one("DynamicUser")]).toEqual(["always", "SIGTERM", "yes"]);
    expect([one("ProtectSystem"), one("NoNewPrivileges")]).toEqual(["strict", "yes"]);
    const folder = `/var/lib/${one("StateDirectory")}`;
    expect(readDeployFile(kind, kind === "embedded" ? file : "zoo.cfg")).toContain(folder);
  });

  const skipped = noSystemd === undefined ? {} : { skip: true, meta: { skippedBecause: `no systemd: ${noSystemd}` } };
  it("is accepted by systemd-analyze verify", skipped, async () => {
    const folder = await mkdtemp(join(tmpdir(), "conclave-unit-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // The programs and the folder of the service are not on this machine.
    const text = readDeployFile(kind, file)
      .replaceAll(/^(ExecStart=)\S+/gm, "$1/bin/true")
      .replace(/^WorkingDirectory=.*$/m, "WorkingDirectory=/");
    await writeFile(join(folder, file), text);
    const { stderr } = await run("systemd-analyze", ["verify", "--man=no", join(folder, file)]);
    expect(stderr.split("\n").filter((line) => line.includes(file))).toEqual([]);
  });
});

it("runs the commands and the signal of conclave.service on this machine", async () => {
  const unit = readUnit("conclave", "conclave.service");
  const zooCfg = readDeployFile("conclave", "zoo.cfg").replaceAll("/var/lib/conclave", "/data/conclave");
  const [, script = ""] = /^\/bin\/sh -c '(.*)'$/.exec(unit.get("ExecStartPre")![0]!) ?? [];
  const before = [["/bin/sh", "-c", `mkdir -p /var/lib/conclave && ${script.replaceAll("$$", "$")}`]];
  const members = await LocalMembers.prepare();
  await expectLifeOfMembers(members, {
    commandOf: (id) => ({
      command: unit.get("ExecStart")![0]!.split(" "),
      before,
      env: { SERVER_ID: `${id}` },
      zooCfg,
    }),
    ready: ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/2181 && printf srvr >&3 && grep -q ^Mode: <&3"],
  });
});
