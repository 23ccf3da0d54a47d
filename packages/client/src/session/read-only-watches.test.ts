import { ErrorCode, EventType, getData, OpCode, setWatches, Xid } from "@conclave/protocol";
import { expect, it } from "vitest";
import { connectReadOnly, loseEnsemble, type ReadOnlyClient, reconnect } from "../../test-support/read-only-session.js";
import { stat } from "../../test-support/sample-replies.js";
import type { ScriptedPeer } from "../../test-support/scripted-peer.js";

/** Leaves a watch on `path` by a read that `peer` answers. */
const watched = async ({ zk }: ReadOnlyClient, peer: ScriptedPeer, path: string, events: string[]): Promise<void> => {
  const read = zk.getData(path, { watch: (event) => events.push(`${event.type} ${event.path}`) });
  const { xid } = await peer.request();
  peer.reply(xid, { zxid: 9n, write: (out) => getData.writeResponse(out, { data: null, stat }) });
  await read;
};

/** Reads a znode that does not exist from `peer`, which has seen the zxid. */
const seen = async ({ zk }: ReadOnlyClient, peer: ScriptedPeer, zxid: bigint): Promise<void> => {
  const read = zk.exists("/none");
  const { xid } = await peer.request();
  peer.reply(xid, { zxid, errno: ErrorCode.NO_NODE });
  await read;
};

const restored = async (peer: ScriptedPeer) => {
  const { xid, type, body } = await peer.request();
  expect([xid, type]).toEqual([Xid.setWatches, OpCode.setWatches]);
  return setWatches.readRequest(body);
};

it("a watch that was left at a read-only server is restored with the zxid 0, those from before with the last one", async () => {
  const client = await connectReadOnly();
  const events: string[] = [];
  const first = await reconnect(client);
  await watched(client, first, "/before", events);
  const readOnly = await loseEnsemble(client, first);
  await watched(client, readOnly, "/meanwhile", events);
  const second = await reconnect(client);
  expect(await restored(second)).toMatchObject({ relativeZxid: 9n, dataWatches: ["/before"] });
  expect(await restored(second)).toMatchObject({ relativeZxid: 0n, dataWatches: ["/meanwhile"] });
  // The znode has other data than the read-only server showed: the ensemble never committed those.
  second.notify(EventType.NODE_DATA_CHANGED, "/meanwhile");
  for (const _ of [1, 2]) second.reply(Xid.setWatches);
  const read = client.zk.exists("/a");
  const { xid } = await second.request();
  second.reply(xid, { errno: ErrorCode.NO_NODE });
  await read;
  expect(events).toEqual(["nodeDataChanged /meanwhile"]);
});

it("a watch that was left at a read-only server is restored as any other once a server of the session has it", async () => {
  const client = await connectReadOnly();
  const first = await reconnect(client);
  await seen(client, first, 9n);
  const readOnly = await loseEnsemble(client, first);
  await watched(client, readOnly, "/a", []);
  const lost = await reconnect(client);
  expect(await restored(lost)).toMatchObject({ relativeZxid: 0n, dataWatches: ["/a"] });
  // Without an answer it is not certain that the server has the watch.
  lost.hangUp();
  const second = await reconnect(client);
  expect(await restored(second)).toMatchObject({ relativeZxid: 0n, dataWatches: ["/a"] });
  second.reply(Xid.setWatches);
  await seen(client, second, 12n);
  second.hangUp();
  const third = await reconnect(client);
  expect(await restored(third)).toMatchObject({ relativeZxid: 12n, dataWatches: ["/a"] });
  third.reply(Xid.setWatches);
});

it("a watch on a path of which an earlier one was left at a read-only server and has fired is not in doubt", async () => {
  const client = await connectReadOnly();
  const events: string[] = [];
  const first = await reconnect(client);
  const readOnly = await loseEnsemble(client, first);
  await watched(client, readOnly, "/a", events);
  readOnly.notify(EventType.NODE_DATA_CHANGED, "/a");
  const second = await reconnect(client);
  expect(events).toEqual(["nodeDataChanged /a"]);
  await watched(client, second, "/a", events);
  second.hangUp();
  const third = await reconnect(client);
  expect(await restored(third)).toMatchObject({ relativeZxid: 9n, dataWatches: ["/a"] });
  third.reply(Xid.setWatches);
});
