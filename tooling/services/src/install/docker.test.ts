/** Machines that run tests rarely have Docker: a script takes the place of its command, with a folder as the image. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { dockerEngine, foldersFromImage } from "./docker.ts";

const script = (root: string): string => `#!/bin/sh
echo "$*" >> ${root}/calls
case $1 in
  version) echo 27.0 ;;
  create) [ "$4" = zookeeper:test ] || { echo "no such image: $4"; exit 1; } ;;
  inspect) echo /apache-zookeeper-3.9.9-bin ;;
  cp) cp -R "${root}/image/\${2#*:}" "$3" ;;
esac
`;

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "conclave-docker-"));
  await mkdir(join(root, "bin"));
  await writeFile(join(root, "bin/docker"), script(root));
  await chmod(join(root, "bin/docker"), 0o755);
  await mkdir(join(root, "image/apache-zookeeper-3.9.9-bin/lib"), { recursive: true });
  await mkdir(join(root, "image/opt/java/openjdk"), { recursive: true });
  vi.stubEnv("PATH", `${join(root, "bin")}:${process.env.PATH}`);
  vi.stubEnv("XDG_CACHE_HOME", join(root, "cache"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

const calls = async (): Promise<readonly string[]> => (await readFile(join(root, "calls"), "utf8")).trim().split("\n");

it("an engine that answers is available", async () => {
  expect(await dockerEngine()).toEqual({ available: true });
});

it("copies folders from an image once, and removes the container", async () => {
  const copied = await foldersFromImage("zookeeper:test", (home) => [home, "/opt/java/openjdk"]);
  expect(copied).toEqual({ available: true, folder: join(root, "cache/conclave-services/zookeeper-test") });
  expect(await readdir(join(root, "cache/conclave-services"))).toEqual(["zookeeper-test"]);
  expect((await readdir(join(root, "cache/conclave-services/zookeeper-test"))).sort()).toEqual([
    "apache-zookeeper-3.9.9-bin",
    "openjdk",
  ]);
  const name = (await calls())[0]!.split(" ")[2]!;
  expect((await calls()).at(-1)).toBe(`rm --force ${name}`);
  const before = (await calls()).length;
  expect(await foldersFromImage("zookeeper:test", () => [])).toEqual(copied);
  expect(await calls()).toHaveLength(before);
});

it("returns the reason why an image is not available, and leaves no folder", async () => {
  expect(await foldersFromImage("zookeeper:none", (home) => [home])).toEqual({
    available: false,
    reason: "docker create zookeeper:none failed: no such image: zookeeper:none",
  });
  expect(await readdir(join(root, "cache/conclave-services"))).toEqual([]);
});
