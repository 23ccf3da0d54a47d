import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Availability } from "./availability.ts";
import { runCommand } from "./run-command.ts";

/** Whether a Docker engine answers. */
export const dockerEngine = async (): Promise<Availability<object>> => {
  const { code, output } = await runCommand("docker", ["version", "--format", "{{.Server.Version}}"], {
    timeoutMs: 10_000,
  });
  if (code === 0) return { available: true };
  return { available: false, reason: `no Docker engine answers (${output.trim().split("\n").at(-1)})` };
};

/** Where {@link folderFromImage} keeps the folders: a cache that may be removed at any time. */
const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "conclave-services");

/**
 * Copies folders out of a Docker image, once per machine, and returns where they are: `folder` then holds one folder
 * for each, under its last name. `folders` is told the image's working folder.
 *
 * The services are then started from these files as processes of this machine, like those that were found in any
 * other way: they have a pid that can be killed, loopback ports and data folders without a container in between.
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
    // Somebody else may have been quicker; theirs is as good.
    await rename(parts, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
    return { available: true, folder };
  } finally {
    await runCommand("docker", ["rm", "--force", name]);
    await rm(parts, { recursive: true, force: true });
  }
};
