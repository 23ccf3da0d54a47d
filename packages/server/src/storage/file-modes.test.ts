import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, OPEN_ACL_UNSAFE } from "@conclave/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Wire } from "../../test-support/wire/wire.js";
import { startServer } from "../server.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conclave-modes-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** The modes of all that a server has made, by name. */
async function modes(privateFiles: boolean | undefined): Promise<Record<string, string>> {
  const dataDir = join(folder, "data");
  const server = await startServer({ dataDir, privateFiles });
  const wire = new Wire(server.port);
  await wire.connect();
  await wire.call(create, { path: "/a", data: null, acl: OPEN_ACL_UNSAFE, flags: 0 });
  wire.destroy();
  await server.close();
  const version2 = join(dataDir, "version-2");
  const names = (await readdir(version2)).filter((name) => !name.startsWith("lock."));
  const paths = [dataDir, version2, ...names.map((name) => join(version2, name))];
  const found = await Promise.all(
    paths.map(async (path) => [path.slice(folder.length + 1), ((await stat(path)).mode & 0o777).toString(8)] as const),
  );
  return Object.fromEntries(found);
}

it.skipIf(process.platform === "win32")(
  "data files are their owner's alone, the log and the secret among them",
  async () => {
    expect(await modes(undefined)).toEqual({
      data: "700",
      "data/version-2": "700",
      "data/version-2/log.1": "600",
      "data/version-2/session-secret": "600",
      "data/version-2/snapshot.0": "600",
    });
  },
);

it.skipIf(process.platform === "win32")(
  "data files have the modes of the umask if privateFiles is false, except the secret",
  async () => {
    const umask = process.umask();
    const file = (0o666 & ~umask).toString(8);
    const directory = (0o777 & ~umask).toString(8);
    expect(await modes(false)).toEqual({
      data: directory,
      "data/version-2": directory,
      "data/version-2/log.1": file,
      "data/version-2/session-secret": "600",
      "data/version-2/snapshot.0": file,
    });
  },
);
