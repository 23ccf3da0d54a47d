import { join } from "node:path";
import type { Vite } from "vitest/node";
import type { Edit } from "./exhibit.ts";

/** Takes guards out of modules while they are loaded. The files stay as they are. */
export class WithoutGuard {
  readonly #folder: string;
  #edits: readonly Edit[] = [];
  readonly #applied = new Set<Edit>();

  /** @param folder `src` folder of packages/server */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Edits of the modules that are loaded from now on. */
  set edits(edits: readonly Edit[]) {
    this.#edits = edits;
    this.#applied.clear();
  }

  /** True if every module to change was loaded. */
  get isComplete(): boolean {
    return this.#applied.size === this.#edits.length;
  }

  pathOf(edit: Edit): string {
    return join(this.#folder, edit.file);
  }

  plugin(): Vite.Plugin {
    return {
      name: "conclave:without-guard",
      enforce: "pre",
      transform: (code, id) => {
        let changed = code;
        for (const edit of this.#edits) {
          if (this.pathOf(edit) !== id.split("?")[0]) continue;
          if (!changed.includes(edit.text)) throw new Error(`${edit.file} does not have the text of the guard`);
          changed = changed.replace(edit.text, () => edit.without);
          this.#applied.add(edit);
        }
        return changed === code ? undefined : { code: changed, map: null };
      },
    };
  }
}
