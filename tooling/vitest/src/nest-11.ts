import { join } from "node:path";
import type { Plugin } from "vite";

/**
 * Resolves imports of `@nestjs/…` to the versions of tooling/nest-11, as if that package imported them, so that Node.js loads them
 * and their own dependencies from there.
 */
export const nest11 = (repository: string): Plugin => ({
  name: "conclave:nest-11",
  enforce: "pre",
  resolveId(id) {
    if (!id.startsWith("@nestjs/")) return null;
    return this.resolve(id, join(repository, "tooling/nest-11/package.json"), { skipSelf: true });
  },
});
