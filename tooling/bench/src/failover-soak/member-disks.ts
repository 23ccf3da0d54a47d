import { execFile } from "node:child_process";
import { mkdir, open, rm, statfs, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Size of each disk. Its file is sparse: it takes as much as was written. */
const DISK_BYTES = 1024 * 1024 * 1024;
const BLOCK_BYTES = 4096;
const BALLAST = "ballast";

/** A small file system for each member, in a file: it can be full, and a flush reaches the disk. Needs Linux and root. */
export class MemberDisks implements AsyncDisposable {
  readonly #folder: string;
  readonly #size: number;

  private constructor(size: number, folder: string) {
    this.#size = size;
    this.#folder = folder;
  }

  /** Resolves with the disks of members 1 to `size`, or with the reason why this machine cannot have them. */
  static async open(size: number, folder: string): Promise<MemberDisks | string> {
    const disks = new MemberDisks(size, folder);
    try {
      for (let id = 1; id <= size; id++) {
        const image = join(folder, `${id}.img`);
        await writeFile(image, "");
        await truncate(image, DISK_BYTES);
        await run("mkfs.ext4", ["-q", "-m", "0", image]);
        await mkdir(disks.folderOf(id));
        await run("mount", ["-o", "loop", image, disks.folderOf(id)]);
      }
      return disks;
    } catch (error) {
      await disks[Symbol.asyncDispose]();
      return `no file systems in files (they need Linux, root, mkfs.ext4 and loop devices): ${(error as Error).message.trim()}`;
    }
  }

  folderOf(id: number): string {
    return join(this.#folder, `disk-${id}`);
  }

  /** Takes all space that is left. */
  async fill(id: number): Promise<void> {
    const ballast = join(this.folderOf(id), BALLAST);
    let bytes = await this.#freeBytes(id);
    while (bytes >= BLOCK_BYTES) {
      const range = ["-o", String(await sizeOf(ballast)), "-l", String(bytes)];
      const isTaken = await run("fallocate", [...range, ballast]).then(
        () => true,
        () => false,
      );
      // The file system needs some blocks for itself, and the member may take some meanwhile.
      bytes = isTaken ? await this.#freeBytes(id) : Math.floor(bytes / 2);
    }
  }

  /** Frees the space again. */
  async free(id: number): Promise<void> {
    await rm(join(this.folderOf(id), BALLAST), { force: true });
  }

  async #freeBytes(id: number): Promise<number> {
    const { bavail, bsize } = await statfs(this.folderOf(id));
    return bavail * bsize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let id = 1; id <= this.#size; id++) await run("umount", ["-l", this.folderOf(id)]).catch(() => {});
  }
}

async function sizeOf(path: string): Promise<number> {
  const file = await open(path, "a");
  try {
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}
