import type { Repository } from "./repository.ts";

/** The file with the violations that exist already; each of its entries may only shrink. */
export const RATCHET = "tooling/tidy/ratchet.json";

/** Reads one entry of the ratchet; undefined where it has none. */
export function allowanceOf<T>({ files }: Pick<Repository, "files">, entry: string): T | undefined {
  return (JSON.parse(files.get(RATCHET) ?? "{}") as Record<string, T | undefined>)[entry];
}
