import { createRequire } from "node:module";
import { join } from "node:path";
import { type ClientUnderTest, SESSION_TIMEOUT_MS, type Settle } from "./client-under-test.ts";

type Callback = (code: number, error: string) => void;
type DataCallback = (code: number, error: string, stat: unknown, data: Buffer) => void;

/** The used part of zookeeper 7.3.0. Its promises are built on its callbacks, so callbacks are its fastest interface. */
interface Connection {
  init(config: { connect: string; timeout: number; debug_level: number; data_as_buffer: boolean }): void;
  once(event: "connect", listener: () => void): void;
  a_get(path: string, watch: boolean, callback: DataCallback): void;
  a_set(path: string, data: Buffer, version: number, callback: Callback): void;
  a_create(path: string, data: Buffer, flags: number, callback: Callback): void;
  close(): unknown;
}

const LOG_ERRORS_ONLY = 1;

export async function connectNativeZooKeeper(connectString: string, peersFolder: string): Promise<ClientUnderTest> {
  const load = createRequire(join(peersFolder, "package.json"));
  const ZooKeeper = load("zookeeper") as new () => Connection;
  const client = new ZooKeeper();
  await new Promise<void>((resolve) => {
    client.once("connect", resolve);
    client.init({
      connect: connectString,
      timeout: SESSION_TIMEOUT_MS,
      debug_level: LOG_ERRORS_ONLY,
      data_as_buffer: true,
    });
  });
  const failure = (code: number, error: string) => (code === 0 ? undefined : new Error(`${code} ${error}`));
  const settled =
    (settle: Settle): Callback =>
    (code, error) =>
      settle(failure(code, error));
  return {
    get: (path, settle) =>
      void client.a_get(path, false, (code, error, _stat, data) => settle(failure(code, error), data)),
    set: (path, data, settle) => void client.a_set(path, data, -1, settled(settle)),
    create: (path, data, settle) => void client.a_create(path, data, 0, settled(settle)),
    close: async () => void client.close(),
  };
}
