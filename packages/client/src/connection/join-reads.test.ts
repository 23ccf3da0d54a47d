import {
  deleteNode,
  FrameDecoder,
  getData,
  JuteReader,
  JuteWriter,
  multiRead,
  OpCode,
  readRequestHeader,
  writeRequestHeader,
  Xid,
} from "@conclave/protocol";
import { type Random, randomInt } from "@conclave/runtime";
import { forEachSeed } from "@conclave/testing";
import { expect, it } from "vitest";
import type { Pending, Sent } from "../requests/pending.js";
import { PendingOperation } from "../requests/pending-operation.js";
import { OutputBuffer } from "./output-buffer.js";
import { ReadBatching } from "./read-batching.js";

/** Joins at most so many reads into a request of at most so many bytes. */
const batching = (maxReads: number, maxRequestBytes = 1_000): ReadBatching => {
  const bounds = new ReadBatching({ maxRequestBytes, maxReplyBytes: 1_000 });
  bounds.note(Math.floor((64 * 1024) / maxReads));
  return bounds;
};

/** Puts operations into an buffer, each written as `r /path`, `w /path` (a read with a watch), `d /path` or `ping`. */
class Script {
  readonly buffer: OutputBuffer;
  readonly #aborts = new Map<string, AbortController>();
  #xid = 0;

  constructor(bounds: ReadBatching) {
    this.buffer = new OutputBuffer(() => {}, bounds);
  }

  put(...steps: string[]): this {
    for (const step of steps) this.#put(step);
    return this;
  }

  giveUp(...steps: string[]): this {
    for (const step of steps) this.#aborts.get(step)?.abort();
    return this;
  }

  /** Takes the frames; returns them as a server reads them, and the requests that wait for their replies. */
  sent(): { frames: string[]; waiting: string[] } {
    const waiting: string[] = [];
    const bytes = this.buffer.take(({ xid, type }: Sent) => waiting.push(`${xid} ${type}`));
    const frames: string[] = [];
    new FrameDecoder({ maxFrameBytes: 1_000_000 }).push(bytes, (frame, start, end) => {
      frames.push(describeRequest(new JuteReader(frame, start, end)));
    });
    return { frames, waiting };
  }

  #put(step: string): void {
    const [kind, path = ""] = step.split(" ");
    if (kind === "ping") {
      this.buffer.appendFrame((out) => writeRequestHeader(out, Xid.ping, OpCode.ping));
      return;
    }
    const abort = new AbortController();
    this.#aborts.set(step, abort);
    const common = { path, signal: abort.signal, onResponse: () => undefined };
    const pending =
      kind === "d"
        ? new PendingOperation({ ...common, operation: deleteNode, request: { path, version: 0 }, isWrite: true })
        : new PendingOperation({
            ...common,
            operation: getData,
            request: { path, watch: kind === "w" },
            isWrite: false,
          });
    pending.promise.catch(() => {});
    pending.xid = ++this.#xid;
    this.buffer.append(pending as Pending, 1_000);
  }
}

function describeRequest(input: JuteReader): string {
  const { xid, type } = readRequestHeader(input);
  const what = (): string => {
    if (type === OpCode.ping) return "ping";
    if (type === OpCode.delete) return `d ${deleteNode.readRequest(input).path}`;
    if (type === OpCode.multiRead)
      return multiRead
        .readRequest(input)
        .map(({ path }) => `r ${path}`)
        .join(" + ");
    const { path, watch } = getData.readRequest(input);
    return `${watch ? "w" : "r"} ${path}`;
  };
  const text = `${xid}: ${what()}`;
  expect(input.remaining).toBe(0);
  return text;
}

it("joinReads joins adjacent reads into one request with the xid of the first", () => {
  const { frames, waiting } = new Script(batching(10)).put("r /a", "r /long/path", "r /ü").sent();
  expect(frames).toEqual(["1: r /a + r /long/path + r /ü"]);
  expect(waiting).toEqual([`1 ${OpCode.multiRead}`]);
});

it("joinReads writes the bytes of a multiRead", () => {
  const paths = ["/a", "/long/path"];
  const { buffer } = new Script(batching(10)).put(...paths.map((path) => `r ${path}`));
  const out = new JuteWriter();
  out.beginFrame();
  writeRequestHeader(out, 1, OpCode.multiRead);
  multiRead.writeRequest(
    out,
    paths.map((path) => ({ type: OpCode.getData, path })),
  );
  out.endFrame();
  expect(Buffer.from(buffer.take(() => {}))).toEqual(Buffer.from(out.take()));
});

it("joinReads does not join across a write, a read with a watch, or a frame of no operation", () => {
  const script = new Script(batching(10));
  script.put("r /a", "r /b", "d /c", "r /d", "w /e", "r /f", "r /g", "ping", "r /h", "r /i");
  expect(script.sent().frames).toEqual([
    "1: r /a + r /b",
    "3: d /c",
    "4: r /d",
    "5: w /e",
    "6: r /f + r /g",
    "-2: ping",
    "8: r /h + r /i",
  ]);
});

it("joinReads omits aborted reads, and joins the reads around them", () => {
  const script = new Script(batching(10)).put("r /a", "d /b", "r /c", "r /d", "r /e", "d /f", "d /g");
  const { frames, waiting } = script.giveUp("d /b", "r /d", "d /f").sent();
  expect(frames).toEqual(["1: r /a + r /c + r /e", "7: d /g"]);
  expect(waiting).toEqual([`1 ${OpCode.multiRead}`, `7 ${OpCode.delete}`]);
});

it("joinReads sends a single read unchanged, and nothing if all are aborted", () => {
  const script = new Script(batching(10)).put("r /a", "r /b").giveUp("r /a");
  expect(script.sent()).toEqual({ frames: ["2: r /b"], waiting: [`2 ${OpCode.getData}`] });
  expect(script.put("r /c", "r /d").giveUp("r /c", "r /d").sent()).toEqual({ frames: [], waiting: [] });
});

it("joinReads joins no more reads than fit into a reply", () => {
  const script = new Script(batching(3)).put(..."abcdefg".split("").map((name) => `r /${name}`));
  expect(script.sent().frames).toEqual(["1: r /a + r /b + r /c", "4: r /d + r /e + r /f", "7: r /g"]);
});

it.each([0, 1])("joinReads joins no reads if the limit is %i", (maxReads) => {
  expect(new Script(batching(maxReads)).put("r /a", "r /b").sent().frames).toEqual(["1: r /a", "2: r /b"]);
});

it("joinReads joins no more reads than fit into a request, to the byte", () => {
  // A read of "/a" has 16 bytes in the request, of which the header and the end have 17.
  const joined = (maxBytes: number) => new Script(batching(9, maxBytes)).put("r /a", "r /b", "r /c").sent().frames;
  expect(joined(65)).toEqual(["1: r /a + r /b + r /c"]);
  expect(joined(64)).toEqual(["1: r /a + r /b", "3: r /c"]);
});

const KINDS = ["r", "r", "r", "w", "d", "ping"];

it("joinReads sends all operations that were not aborted, once, in order", async () => {
  const step = (random: Random, index: number): string =>
    `${KINDS[randomInt(random, KINDS.length)]} /${"x".repeat(randomInt(random, 40))}${index}`;
  await forEachSeed(
    (random) => {
      const script = new Script(batching(2 + randomInt(random, 6), 200));
      const steps = Array.from({ length: randomInt(random, 80) }, (_, index) => step(random, index));
      const given = new Set(steps.filter((each) => !each.startsWith("ping") && randomInt(random, 4) === 0));
      const { frames } = script
        .put(...steps)
        .giveUp(...given)
        .sent();
      const expected = steps.filter((each) => !given.has(each)).map((each) => each.replace(/^ping.*/, "ping"));
      expect(frames.flatMap((frame) => frame.replace(/^-?\d+: /, "").split(" + "))).toEqual(expected);
    },
    { count: 100 },
  );
});
