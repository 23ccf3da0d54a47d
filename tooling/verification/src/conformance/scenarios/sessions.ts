import { data, flag, int, long, raw, row } from "../wire/wire-field.ts";
import { closeSession, create, exists, getData, getEphemerals, ping, setData, whoAmI } from "../wire/wire-request.ts";
import { type ScenarioGroup, scenario } from "./scenario.ts";

const timeouts = [-(2 ** 31), -1, 0, 1, 1999, 2000, 2001, 30_000, 59_999, 60_000, 60_001, 2 ** 31 - 1];

const zeros = (count: number) => data(new Uint8Array(count), `${count} zeros`);

export const sessions: ScenarioGroup = {
  name: "session",
  scenarios: [
    ...timeouts.map((timeoutMs) =>
      scenario(`timeout-${timeoutMs}`, async (context) => {
        const client = await context.connect({ timeoutMs: int(timeoutMs) });
        await client.ask(ping, closeSession);
        await client.untilEnd();
      }),
    ),
    scenario("read-only", async (context, at) => {
      const client = await context.connect({ readOnly: flag(true) });
      await client.ask(create(at("/a")), closeSession);
    }),
    scenario("odd-read-only", async (context, at) => {
      const client = await context.connect({ readOnly: raw("07") });
      await client.ask(exists(at("")), closeSession);
    }),
    scenario("oldest-clients", async (context, at) => {
      const client = await context.connect({ readOnly: undefined });
      await client.ask(exists(at("")), ping, closeSession);
      await client.untilEnd();
    }),
    scenario("oldest-clients-back", async (context) => {
      const first = await context.connect({ readOnly: undefined });
      const second = await context.connect({ ...first.credentials, readOnly: undefined });
      await first.untilEnd();
      const third = await context.connect({ session: second.credentials.session, readOnly: undefined });
      await third.untilEnd();
    }),
    scenario("protocol-version", async (context, at) => {
      for (const version of [1, -1, 2 ** 31 - 1]) {
        const client = await context.connect({ version: int(version) });
        await client.ask(exists(at("")), closeSession);
      }
    }),
    ...[0, 1, 15, 17, 32].map((count) =>
      scenario(`password-of-${count}`, async (context, at) => {
        const client = await context.connect({ password: zeros(count) });
        await client.ask(exists(at("")));
      }),
    ),
    scenario("no-password", async (context, at) => {
      const client = await context.connect({ password: data(null) });
      await client.ask(exists(at("")));
    }),
    scenario("zxid-of-now", async (context, at) => {
      const client = await context.connect({ lastZxid: context.zxid(0) });
      await client.ask(exists(at("")));
    }),
    scenario("zxid-from-the-future", async (context) => {
      await context.connect({ lastZxid: context.zxid(1) });
      await context.connect({ lastZxid: long(2n ** 63n - 1n, "far") });
    }),
    scenario("zxid-below-zero", async (context, at) => {
      const client = await context.connect({ lastZxid: long(-1n) });
      await client.ask(exists(at("")));
    }),
    scenario("zxid-from-the-future-back", async (context, at) => {
      const first = await context.connect();
      await context.connect({ ...first.credentials, lastZxid: context.zxid(100) });
      await first.ask(exists(at("")));
    }),
    scenario("back", async (context, at) => {
      const first = await context.connect();
      await first.ask(create(at("/e"), { flags: 1 }));
      first.leave();
      const second = await context.connect({ ...first.credentials, timeoutMs: int(5000) });
      await second.ask(getEphemerals("/"), create(at("/e2"), { flags: 1 }), exists(at("/e2")), closeSession);
      await second.untilEnd();
      const third = await context.connect(first.credentials);
      await third.untilEnd();
    }),
    scenario("moved", async (context, at) => {
      const first = await context.connect();
      await first.ask(create(at("/e"), { flags: 1 }));
      const second = await context.connect(first.credentials);
      await first.untilEnd();
      await second.ask(exists(at("/e")), whoAmI);
    }),
    scenario("wrong-password", async (context, at) => {
      const first = await context.connect();
      const { session } = first.credentials;
      const wrong = await context.connect({ session });
      await wrong.untilEnd();
      const short = await context.connect({ session, password: zeros(1) });
      await short.untilEnd();
      const none = await context.connect({ session, password: data(null) });
      await none.untilEnd();
      const right = await context.connect(first.credentials);
      // Apache ends it with the first wrong password already, ours does not.
      await first.untilEnd();
      await right.ask(exists(at("")));
    }),
    scenario("unknown", async (context) => {
      for (const session of [1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
        const client = await context.connect({ session: long(session) });
        await client.untilEnd();
      }
    }),
    scenario("expired", async (context, at) => {
      const watcher = await context.connect();
      const expiring = await context.connect({ timeoutMs: int(2000) });
      await expiring.ask(create(at("/e"), { flags: 1 }));
      await watcher.ask(exists(at("/e"), true));
      expiring.leave();
      await watcher.event();
      await watcher.ask(exists(at("/e")));
      const late = await context.connect(expiring.credentials);
      await late.untilEnd();
    }),
    scenario("expired-while-connected", async (context, at) => {
      const silent = await context.connect({ timeoutMs: int(2000) });
      await silent.ask(create(at("/e"), { flags: 1 }));
      await silent.untilEnd();
      const late = await context.connect(silent.credentials);
      await late.untilEnd();
    }),
    scenario("closed", async (context, at) => {
      const client = await context.connect();
      await client.ask(create(at("/e"), { flags: 1 }), closeSession);
      await client.untilEnd();
      const other = await context.connect();
      await other.ask(exists(at("/e")));
    }),
    scenario("closed-with-a-body", async (context) => {
      const client = await context.connect();
      await client.ask({ ...closeSession, body: raw("cafe") });
      await client.untilEnd();
    }),
    scenario("close-behind-a-write", async (context, at) => {
      const client = await context.connect();
      client.send(create(at("/before")));
      client.send(closeSession);
      await client.untilEnd();
      const other = await context.connect();
      await other.ask(exists(at("/before")));
    }),
    scenario("close-and-events", async (context, at) => {
      const client = await context.connect();
      await client.ask(create(at("/e"), { flags: 1 }), exists(at("/e"), true), closeSession);
      await client.untilEnd();
    }),
    scenario("pings", async (context) => {
      const client = await context.connect();
      await client.ask(ping, ping, { ...ping, xid: 5 }, { ...ping, body: raw("ff") }, ping);
    }),
    scenario("pipelined", async (context, at) => {
      const client = await context.connect();
      await client.askTogether(
        create(at("/a")),
        getData(at("/a")),
        setData(at("/a"), "1"),
        getData(at("/a")),
        ping,
        setData(at("/none"), "x"),
        exists(at("/a"), true),
        setData(at("/a"), "2"),
        getData(at("/a")),
        create(at("/e"), { flags: 1 }),
        getEphemerals(at("")),
      );
    }),
    scenario("xids", async (context, at) => {
      const client = await context.connect();
      for (const xid of [0, 7, 7, 3, -3, -100, 2 ** 31 - 1, -(2 ** 31)]) await client.ask({ ...exists(at("")), xid });
      await client.ask({ ...exists(at("")), xid: -2 }, { ...exists(at("")), xid: -4 }, { ...exists(at("")), xid: -8 });
    }),
    scenario("second-handshake", async (context) => {
      const client = await context.connect();
      client.sendFrame(row(int(0), long(0n), int(30_000), long(0n), zeros(16), flag(false)));
      await client.untilEnd();
    }),
  ],
};
