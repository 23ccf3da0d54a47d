import { expect, it } from "vitest";

// With a lockfile that is out of date, pnpm only warns and runs scripts on whatever Node.js started it.
it("runs on a Node.js that runs TypeScript, whatever Node.js started pnpm", () => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  expect(major > 22 || (major === 22 && minor >= 18), process.versions.node).toBe(true);
});
