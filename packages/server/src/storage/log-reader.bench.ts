import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemFiles } from "./file-layer.js";
import { logHeader } from "./log-format.js";
import { readLogFile } from "./log-reader.js";

test("read 64 MiB of zeros that a log file was made longer by", async ({ bench, onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), "conclave-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "log.1");
  writeFileSync(path, Buffer.concat([logHeader()], 64 * 1024 * 1024));
  const files = systemFiles;
  const read = readLogFile;
  await bench.compare(
    bench("readLogFile, which compares memory", async () => {
      for await (const records of read(files, path, { onTornTail: () => {} })) expect(records).toEqual([]);
    }),
    bench("a loop over the bytes", async () => {
      let zeros = 0;
      for await (const chunk of files.read(path, 1024 * 1024)) {
        for (let at = 0; at < chunk.length; at++) if (chunk[at] === 0) zeros++;
      }
      return zeros;
    }),
    { time: 300, iterations: 10 },
  );
});
