import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";

it("the README's first example is plain JavaScript of Node.js 20, which has no `await using`", async () => {
  const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  const [, first] = /```ts\n(.*?)```/s.exec(readme)!;
  expect(first).toMatch(/^const zk = await connect\(/m);
  expect(first).toMatch(/^await zk\.close\(\);$/m);
  expect(first).not.toMatch(/await using/);
});
