import { type ConnectOptions, connect } from "@conclave/client";
import { type ClientUnderTest, SESSION_TIMEOUT_MS } from "./client-under-test.ts";

export async function connectConclave(
  connectString: string,
  _peersFolder: string | undefined,
  options: ConnectOptions = {},
): Promise<ClientUnderTest> {
  const limits = { sessionTimeoutMs: SESSION_TIMEOUT_MS, connectTimeoutMs: 10_000 };
  const zk = await connect(connectString, { ...limits, ...options });
  return {
    get: (path, settle) => void zk.getData(path).then(({ data }) => settle(undefined, data), settle),
    set: (path, data, settle) => void zk.setData(path, data).then(() => settle(), settle),
    create: (path, data, settle) => void zk.create(path, data).then(() => settle(), settle),
    close: () => zk.close(),
  };
}
