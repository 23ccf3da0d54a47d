import { expect, test } from "vitest";
import text from "../README.md?raw";
import * as protocol from "./index.js";

const readme: string = text;

/** What follows `//` behind each call of console.log. */
const expected = [...readme.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);

test("the example of the README runs and prints its comments", () => {
  const [, code] = /```js\n(.*?)```/s.exec(readme)!;
  const body = code!.replace(/^import (\{[^}]*\}) from "@conclave\/protocol";$/m, "const $1 = protocol;");
  const printed: string[] = [];
  const log = (...values: unknown[]) => printed.push(values.join(" "));
  new Function("protocol", "console", body)(protocol, { log });
  expect(expected).toHaveLength(2);
  expect(printed.toSorted()).toStrictEqual(expected.toSorted());
});
