import { join } from "node:path";
import type { Plugin } from "vite";

/**
 * Every `@nestjs/…` that our code imports is the one of tooling/nest-11. It is resolved as if that package imported it, so
 * that Node loads it, and everything that it imports in turn, from there.
 */
export const nest11 = (repository: string): Plugin => ({
  name: "conclave:nest-11",
  enforce: "pre",
  resolveId(id) {
    if (!id.startsWith("@nestjs/")) return null;
    return this.resolve(id, join(repository, "tooling/nest-11/package.json"), { skipSelf: true });
  },
});
