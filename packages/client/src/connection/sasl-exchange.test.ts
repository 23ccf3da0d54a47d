import { ErrorCode, JuteReader, JuteWriter, sasl } from "@conclave/protocol";
import { expect, it } from "vitest";
import type { SaslConversation } from "../api/sasl-mechanism.js";
import { SaslExchange } from "./sasl-exchange.js";

const SERVER = { host: "a.invalid", port: 2181 };
/** A conversation that sends `hello`, and completes after one answer. */
const greeting: SaslConversation = { start: () => Buffer.from("hello"), answer: () => undefined };

/** An exchange with a host that records its calls; the first request has the xid 1. */
const exchanging = async (conversation: Partial<SaslConversation>) => {
  const calls: string[] = [];
  const causes: unknown[] = [];
  let xid = 0;
  const asked: unknown[] = [];
  const exchange = new SaslExchange(
    (server) => {
      asked.push(server);
      return { ...greeting, ...conversation };
    },
    SERVER,
    {
      takeXid: () => ++xid,
      send: (write) => {
        const out = new JuteWriter();
        write(out);
        const input = new JuteReader(out.take());
        const [sent, type] = [input.readInt(), input.readInt()];
        calls.push(`sent ${sent} ${type === sasl.type ? "sasl" : type}: ${text(sasl.readRequest(input).token)}`);
      },
      completed: () => void calls.push("completed"),
      failed: (message, cause) => {
        calls.push(`failed: ${message}`);
        causes.push(cause);
      },
    },
  );
  const reply = async (to: number, token: string | null, errno: number = ErrorCode.OK): Promise<void> => {
    const out = new JuteWriter();
    sasl.writeResponse(out, { token: token === null ? null : Buffer.from(token) });
    exchange.onReply(to, errno, new JuteReader(out.take()));
    await settled();
  };
  await settled();
  return { exchange, calls, causes, asked, reply };
};
const text = (token: Uint8Array | null): string => Buffer.from(token ?? []).toString();
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("a SASL exchange sends one token for each answer, until the mechanism is complete", async () => {
  const heard: string[] = [];
  const answers = [Buffer.from("me"), undefined];
  const { calls, asked, reply } = await exchanging({
    answer: (token) => {
      heard.push(text(token));
      return answers.shift();
    },
  });
  expect([asked, calls]).toEqual([[SERVER], ["sent 1 sasl: hello"]]);
  await reply(1, "who?");
  await reply(2, null);
  expect(calls).toEqual(["sent 1 sasl: hello", "sent 2 sasl: me", "completed"]);
  expect(heard).toEqual(["who?", ""]);
});

it("a SASL exchange keeps the server's token, although the socket's buffer is overwritten", async () => {
  const heard: Uint8Array[] = [];
  const { exchange } = await exchanging({
    answer: (token) => {
      heard.push(token);
      return undefined;
    },
  });
  const out = new JuteWriter();
  sasl.writeResponse(out, { token: Buffer.from("who?") });
  const bytes = out.take();
  exchange.onReply(1, ErrorCode.OK, new JuteReader(bytes));
  bytes.fill(0);
  await settled();
  expect(heard.map(text)).toEqual(["who?"]);
});

it.each<[string, number, number, string]>([
  ["a reply to another request", 7, ErrorCode.OK, "SASL: the server sent a reply with the xid 7 instead of 1"],
  ["a refusal", 1, ErrorCode.AUTH_FAILED, "SASL: the server refused: AUTH_FAILED (-115)"],
  ["a refusal with an unknown code", 1, -999, "SASL: the server refused: UNKNOWN_CODE (-999)"],
])("a SASL exchange fails on %s, and says no more", async (_name, xid, errno, message) => {
  const { calls, reply } = await exchanging({});
  await reply(xid, "", errno);
  await reply(1, "");
  expect(calls).toEqual(["sent 1 sasl: hello", `failed: ${message}`]);
});

it.each([
  [
    "throws",
    () => {
      throw new Error("no ticket");
    },
    "SASL: no ticket",
  ],
  [
    "throws text",
    () => {
      throw "no ticket";
    },
    "SASL: no ticket",
  ],
  ["rejects", () => Promise.reject(new Error("no ticket")), "SASL: no ticket"],
])("a SASL exchange fails if the mechanism %s, with its error as the cause", async (_name, start, message) => {
  const { calls, causes, reply } = await exchanging({ start });
  await reply(0, "");
  expect(calls).toEqual([`failed: ${message}`]);
  expect(causes[0] instanceof Error ? causes[0].message : causes[0]).toBe("no ticket");
});

it("a SASL exchange fails if the mechanism does not trust the server's answer", async () => {
  const { calls, reply } = await exchanging({
    answer: () => {
      throw new Error("not the server");
    },
  });
  await reply(1, "I am");
  expect(calls).toEqual(["sent 1 sasl: hello", "failed: SASL: not the server"]);
});

it.each<[string, () => Uint8Array | undefined]>([
  ["sends no token", () => Buffer.from("late")],
  ["does not complete", () => undefined],
  [
    "does not fail",
    () => {
      throw new Error("late");
    },
  ],
])("a stopped SASL exchange %s", async (_name, late) => {
  let finish = (): void => {};
  const { exchange, calls, reply } = await exchanging({
    answer: () =>
      new Promise<Uint8Array | undefined>((resolve, reject) => {
        finish = () => {
          try {
            resolve(late());
          } catch (error) {
            reject(error as Error);
          }
        };
      }),
  });
  await reply(1, "");
  exchange.stop();
  finish();
  await settled();
  await reply(1, "");
  expect(calls).toEqual(["sent 1 sasl: hello"]);
});

it("a SASL exchange that is complete ignores further replies", async () => {
  const { calls, reply } = await exchanging({});
  await reply(1, "");
  await reply(9, "");
  expect(calls).toEqual(["sent 1 sasl: hello", "completed"]);
});

it("a SASL exchange that has stopped passes no further token to the mechanism", async () => {
  const heard: string[] = [];
  const { exchange, calls, reply } = await exchanging({ answer: (token) => void heard.push(text(token)) });
  exchange.stop();
  await reply(1, "late");
  expect([heard, calls]).toEqual([[], ["sent 1 sasl: hello"]]);
});
