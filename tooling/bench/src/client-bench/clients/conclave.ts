import type { ConnectOptions, connect } from "@conclave/client";
import { type ConnectUnderTest, SESSION_TIMEOUT_MS } from "./client-under-test.ts";

/** Makes our client measurable. `connectClient` is its `connect`, of this checkout or another one. */
export function conclaveClient(connectClient: typeof connect, options: ConnectOptions = {}): ConnectUnderTest {
  return async (connectString) => {
    const limits = { sessionTimeoutMs: SESSION_TIMEOUT_MS, connectTimeoutMs: 10_000 };
    const zk = await connectClient(connectString, { ...limits, ...options });
    return {
      get: (path, settle) => void zk.getData(path).then(({ data }) => settle(undefined, data), settle),
      set: (path, data, settle) => void zk.setData(path, data).then(() => settle(), settle),
      create: (path, data, settle) => void zk.create(path, data).then(() => settle(), settle),
      close: () => zk.close(),
    };
  };
}
