import { beforeEach, expect, it } from "vitest";
import { LineReads, type OwnZnode } from "./line-reads.js";

const sent: string[] = [];
const line = async (): Promise<string> => {
  sent.push("line");
  return "line";
};
const own = async (name: string): Promise<OwnZnode> => {
  sent.push(name);
  return { data: null, stat: {} as OwnZnode["stat"] };
};
let reads: LineReads<string>;
/** What the steps of a place send. */
function sending(steps: () => void): readonly string[] {
  sent.length = 0;
  steps();
  return [...sent];
}

beforeEach(() => {
  reads = new LineReads({ readLine: line, readOwn: own });
});

it("reads the line behind the creation, and not again when it is asked for", async () => {
  expect(sending(() => reads.creating())).toEqual(["line"]);
  expect(sending(() => void reads.line("own"))).toEqual([]);
  expect(sending(() => void reads.line("own"))).toEqual(["line"]);
});

it("reads our znode behind the line where the only one before us has gone", () => {
  reads.standsBehind(1);
  reads.interrupt();
  reads.oneWent();
  expect(sending(() => void reads.line("own"))).toEqual(["line", "own"]);
  expect(sending(() => void reads.own("own"))).toEqual([]);
  expect(sending(() => void reads.own("own"))).toEqual(["own"]);
});

it("reads nothing ahead where more stand before us than one, or where nobody went", () => {
  expect(sending(() => void reads.line("own"))).toEqual(["line"]);
  reads.standsBehind(2);
  reads.oneWent();
  expect(sending(() => void reads.line("own"))).toEqual(["line"]);
  reads.standsBehind(1);
  expect(sending(() => void reads.line("own"))).toEqual(["line"]);
});

it("reads anew after an interruption", () => {
  reads.creating();
  reads.interrupt();
  expect(sending(() => void reads.line("own"))).toEqual(["line"]);
  reads.standsBehind(1);
  reads.oneWent();
  void reads.line("own");
  reads.interrupt();
  expect(sending(() => void reads.own("own"))).toEqual(["own"]);
});

it("does not keep what was read of our znode until after another look", () => {
  reads.standsBehind(1);
  reads.oneWent();
  void reads.line("own");
  void reads.line("own");
  expect(sending(() => void reads.own("own"))).toEqual(["own"]);
});
