import { join } from "node:path";
import { expect, it } from "vitest";
import { findPostgres, startPostgres } from "./postgres.ts";
import { runCommand } from "./process/run-command.ts";

const found = await findPostgres();
const options = found.available ? {} : { skip: true, meta: { skippedBecause: found.reason } as object };

it("a started PostgreSQL accepts connections until it is closed", options, async () => {
  const postgres = await startPostgres();
  const port = new URL(postgres.url).port;
  const isReady = async (): Promise<boolean> => {
    const { folder } = found as { folder: string };
    return (await runCommand(join(folder, "pg_isready"), ["-h", "127.0.0.1", "-p", port])).code === 0;
  };
  expect(await isReady()).toBe(true);
  await postgres.close();
  expect(await isReady()).toBe(false);
});
