import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Availability } from "./availability.ts";
import { runCommand } from "./run-command.ts";

/**
 * `flock` lets one process at a time in, and lets the next one in even if the first was killed; for that one the
 * install is then a quick no-op. While packages are installed, `policy-rc.d` forbids them to start their services
 * (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt): on a machine that has one already, its
 * owner decides. The list of packages is only fetched when it is missing or too old.
 */
const script = `
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ] || grep -q conclave-services $policy; then
  printf '#!/bin/sh\\n# conclave-services: no service starts while we install\\nexit 101\\n' > $policy && chmod 755 $policy
  trap 'rm -f $policy' EXIT
fi
trap 'exit 130' INT TERM HUP
install() { apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; }
install "$@" || { apt-get update && install "$@"; }
`;

/** Installs packages on Debian or Ubuntu, as root only. Starts no system service. May take minutes. */
export const aptInstall = async (
  packages: readonly string[],
  progress?: (what: string) => void,
): Promise<Availability<object>> => {
  const command = `apt-get install ${packages.join(" ")}`;
  if (!existsSync("/usr/bin/apt-get")) return { available: false, reason: "this system has no apt-get" };
  if (process.getuid?.() !== 0) return { available: false, reason: `only root may install it (sudo ${command})` };
  progress?.(`installing ${packages.join(" and ")} with apt-get`);
  const lock = join(tmpdir(), "conclave-services-apt.lock");
  const { code, output } = await runCommand("flock", [lock, "/bin/sh", "-c", script, "apt", ...packages], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
    timeoutMs: 600_000,
  });
  if (code === 0) return { available: true };
  const last = output.trimEnd().split("\n").slice(-3).join(" | ");
  return { available: false, reason: `${command} failed with code ${code}: ${last}` };
};
