import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../process/run-command.ts";
import type { Availability } from "./availability.ts";

/** Checks that a Docker engine answers. */
export const dockerEngine = async (): Promise<Availability<object>> => {
  const { code, output } = await runCommand("docker", ["version", "--format", "{{.Server.Version}}"], {
    timeoutMs: 10_000,
  });
  if (code === 0) return { available: true };
  return { available: false, reason: `no Docker engine answers (${output.trim().split("\n").at(-1)})` };
};

/** Folder for the files of {@link foldersFromImage} and for archives of classes: a cache, which may be removed at any time. */
export const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "conclave-services");

/**
 * Copies folders from a Docker image, once per machine. Returns the `folder` that contains the copies, each under its last name.
 * `folders` receives the working folder of the image.
 *
 * A service starts from these files as a process of this machine, without a container: it has a pid that can be killed,
 * loopback ports and a data folder.
 */
export const foldersFromImage = async (
  image: string,
  folders: (workingFolder: string) => readonly string[],
): Promise<Availability<{ readonly folder: string }>> => {
  const folder = join(cacheFolder(), image.replaceAll(/[^\w.-]/g, "-"));
  if (existsSync(folder)) return { available: true, folder };
  const name = `conclave-services-${randomUUID()}`;
  const parts = `${folder}-${randomUUID()}`;
  try {
    await mkdir(parts, { recursive: true });
    const created = await runCommand("docker", ["create", "--name", name, image], { timeoutMs: 300_000 });
    if (created.code !== 0)
      return { available: false, reason: `docker create ${image} failed: ${created.output.trim()}` };
    const inspected = await runCommand("docker", ["inspect", "--format", "{{.Config.WorkingDir}}", name]);
    for (const from of folders(inspected.output.trim())) {
      const copied = await runCommand("docker", ["cp", `${name}:${from}`, parts], { timeoutMs: 300_000 });
      if (copied.code !== 0)
        return { available: false, reason: `docker cp ${image}:${from} failed: ${copied.output.trim()}` };
    }
    // Another process may have made the same copy meanwhile.
    await rename(parts, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return { available: true, folder };
  } finally {
    await runCommand("docker", ["rm", "--force", name]);
    await rm(parts, { recursive: true, force: true });
  }
};
