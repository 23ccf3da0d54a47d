import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomInt, seededRandom } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FailingDisk } from "../../test-support/crash/failing-disk.js";
import { openStorage, writeHistory } from "../../test-support/crash/history.js";
import { recoverTree } from "../database/recover-tree.js";
import { EpochFiles } from "./epoch-files.js";
import { systemFiles } from "./file-layer.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "conclave-epochs-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (lastZxid = 0n): Promise<EpochFiles> => EpochFiles.open(systemFiles, folder, lastZxid);
const put = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

describe("the epoch files", () => {
  it("are created with 0 on a server without history, so that a snapshot may give it one", async () => {
    expect((await open()).epochs).toEqual({ accepted: 0, current: 0 });
    expect(await readFile(join(folder, "acceptedEpoch"), "latin1")).toBe("0");
    const store = await open(0x3_0000_0000n);
    expect(store.epochs).toEqual({ accepted: 0, current: 0 });
  });

  it("hold decimal numbers without a line break, as Apache's do, and are read again", async () => {
    const store = await open();
    await store.setAccepted(12);
    expect(store.epochs).toEqual({ accepted: 12, current: 0 });
    await store.setCurrent(12);
    expect(await readFile(join(folder, "acceptedEpoch"), "latin1")).toBe("12");
    expect(await readFile(join(folder, "currentEpoch"), "latin1")).toBe("12");
    expect((await open(0xc_0000_0001n)).epochs).toEqual({ accepted: 12, current: 12 });
  });

  it("may end with a line break that a person left", async () => {
    await put("acceptedEpoch", "7\n");
    await put("currentEpoch", "6\n");
    expect((await open(1n)).epochs).toEqual({ accepted: 7, current: 6 });
  });

  it.each(["acceptedEpoch", "currentEpoch"])(
    "are refused if %s is missing although there is a history",
    async (name) => {
      await put("acceptedEpoch", "3");
      await put("currentEpoch", "3");
      await rm(join(folder, name));
      const message = new RegExp(`${name} is missing, but this server has transactions up to epoch 3.*write 3 into`);
      await expect(open(0x3_0000_0001n)).rejects.toThrow(message);
      await expect(open(0x3_0000_0001n)).rejects.toMatchObject({ name: "StorageError", code: "bad-epoch" });
    },
  );

  it.each(["", "x", "-1", "1.5", "4294967296", "123456789012345678901234567890"])(
    "are refused if one holds %j",
    async (text) => {
      await put("acceptedEpoch", text);
      await put("currentEpoch", "0");
      await expect(open(1n)).rejects.toThrow("is damaged: it must hold an epoch");
    },
  );

  it("are refused if the current epoch is higher than the accepted one", async () => {
    await put("acceptedEpoch", "3");
    await put("currentEpoch", "4");
    await expect(open(1n)).rejects.toThrow("epoch 3, which is lower than 4 in currentEpoch");
  });

  it("never go back, and the current epoch never exceeds the accepted one", async () => {
    const store = await open();
    await store.setAccepted(5);
    await store.setCurrent(4);
    await expect(store.setAccepted(4)).rejects.toThrow(RangeError);
    await expect(store.setCurrent(3)).rejects.toThrow(RangeError);
    await expect(store.setCurrent(6)).rejects.toThrow("current epoch 6 is higher than the accepted one, 5");
    await store.setAccepted(5);
    expect(store.epochs).toEqual({ accepted: 5, current: 4 });
  });

  it("are unchanged in memory if the file cannot be written", async () => {
    const store = await open();
    await store.setAccepted(5);
    await store.setCurrent(4);
    await rm(folder, { recursive: true });
    await expect(store.setAccepted(6)).rejects.toThrow("ENOENT");
    await expect(store.setCurrent(5)).rejects.toThrow("ENOENT");
    expect(store.epochs).toEqual({ accepted: 5, current: 4 });
  });

  it("of a storage are read against its last transaction", async () => {
    const disk = new FailingDisk({ random: seededRandom(1), operations: 1_000_000 });
    await writeHistory(disk, [1n]);
    const storage = openStorage(disk);
    await recoverTree(storage);
    await expect(storage.epochs()).rejects.toMatchObject({ code: "bad-epoch" });
    await storage.close();
  });

  it("hold the last epoch that was set, or the one being set, after a power loss at any moment", async () => {
    const FOLDER = "/data/version-2";
    await forEachSeed(
      async (random) => {
        let disk = new FailingDisk({ random, operations: 1 + randomInt(random, 60) });
        let [acknowledged, attempted] = [0, 0];
        for (let life = 1; life <= 4; life++) {
          try {
            await disk.makeFolder(FOLDER);
            await disk.syncFolder(FOLDER);
            const store = await EpochFiles.open(disk, FOLDER, 0n);
            expect([acknowledged, attempted]).toContain(store.epochs.accepted);
            acknowledged = store.epochs.accepted;
            for (;;) {
              attempted = acknowledged + 1;
              await store.setAccepted(attempted);
              acknowledged = attempted;
              if (randomInt(random, 2) === 0) await store.setCurrent(acknowledged);
            }
          } catch (error) {
            expect(error).toMatchObject({ name: "PowerLoss" });
          }
          disk = disk.afterCrash({ random, operations: 5 + randomInt(random, 60), isKill: randomInt(random, 3) === 0 });
        }
      },
      { count: 100, first: 1 },
    );
  });
});
