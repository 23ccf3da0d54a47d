import { EventType } from "@conclave/protocol";
import { expect, it } from "vitest";
import { continued, RecordedCalls } from "../../test-support/recorded-calls.js";
import { stat } from "../../test-support/sample-replies.js";
import { getConfig, reconfig, whoAmI } from "./ensemble-operations.js";

const CONFIG = "/zookeeper/config";

it("whoAmI returns the identities of the connection", async () => {
  const server = new RecordedCalls();
  const asked = whoAmI(server.context, {});
  expect(server.calls).toEqual([{ operation: "whoAmI", request: undefined, path: undefined, isWrite: false }]);
  server.answer({ clientInfo: [{ authScheme: "digest", user: "ann" }] });
  expect(await asked).toEqual([{ authScheme: "digest", user: "ann" }]);
});

it("getConfig reads the configuration outside of the chroot, and watches it", async () => {
  const server = new RecordedCalls("/app");
  const events: unknown[] = [];
  const read = getConfig(server.context, { watch: (event) => events.push(event) });
  expect(server.calls).toEqual([
    { operation: "getData", request: { path: CONFIG, watch: true }, path: CONFIG, isWrite: false },
  ]);
  server.answer({ data: Buffer.from("server.1="), stat });
  expect(await read).toEqual({ data: Buffer.from("server.1="), stat });
  server.watches.notify({ type: EventType.NODE_DATA_CHANGED, state: 3, path: CONFIG });
  await continued();
  expect(events).toEqual([{ type: "nodeDataChanged", path: CONFIG }]);
});

it.each([
  [{ joining: ["server.4=a", "server.5=b"] }, { joiningServers: "server.4=a,server.5=b" }],
  [{ leaving: [1, 2] }, { leavingServers: "1,2" }],
  [{ joining: [], leaving: [1] }, { leavingServers: "1" }],
  [{ joining: ["server.4=a"], leaving: [] }, { joiningServers: "server.4=a" }],
  [{ members: ["server.1=a", "server.2=b"] }, { newMembers: "server.1=a,server.2=b" }],
])("reconfig with %j sends %j, for any version of the configuration", async (change, sent) => {
  const server = new RecordedCalls("/app");
  const changed = reconfig(server.context, change, {});
  const request = { joiningServers: null, leavingServers: null, newMembers: null, ...sent, curConfigId: -1n };
  expect(server.calls).toEqual([{ operation: "reconfig", request, path: CONFIG, isWrite: true }]);
  server.answer({ data: Buffer.from("new"), stat });
  expect(await changed).toEqual({ data: Buffer.from("new"), stat });
});

it("reconfig sends the version that the configuration must have", () => {
  const server = new RecordedCalls();
  void reconfig(server.context, { leaving: [1] }, { version: 0x1_0000_0000n });
  expect(server.calls).toMatchObject([{ request: { curConfigId: 0x1_0000_0000n } }]);
});

it.each([[{}], [{ joining: [] }], [{ joining: [], leaving: [] }], [{ members: [] }]])(
  "reconfig rejects the empty change %j",
  async (change) => {
    const server = new RecordedCalls();
    await expect(reconfig(server.context, change, {})).rejects.toMatchObject({
      code: "BAD_ARGUMENTS",
      outcome: "not-applied",
      message: `reconfig "${CONFIG}": the change is empty`,
    });
    expect(server.calls).toEqual([]);
  },
);
