import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../process/run-command.ts";
import type { Availability } from "./availability.ts";

/**
 * Shell script that installs packages. `flock` runs one at a time, and releases its lock when a process is killed.
 * `policy-rc.d` forbids packages to start their services during the installation
 * (https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt); a policy that exists already is kept.
 * The list of packages is fetched only if it is missing or too old.
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

/** Installs packages on Debian or Ubuntu, if this process is root. Starts no system service. May take minutes. */
export const aptInstall = async (
  packages: readonly string[],
  progress?: (step: string) => void,
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
