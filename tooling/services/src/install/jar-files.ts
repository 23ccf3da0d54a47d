import { readdirSync } from "node:fs";

/** Returns the names of the files in a folder, sorted; none if it cannot be read. */
export function fileNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Returns the version in the first file name of the form `<artifact>-<version>.jar`; `undefined` if there is none. */
export function jarVersion(artifact: string, files: readonly string[]): string | undefined {
  const pattern = new RegExp(`^${artifact}-(\\d+\\.\\d+\\.\\d+[\\w.-]*)\\.jar$`);
  return files.map((name) => pattern.exec(name)?.[1]).find((version) => version !== undefined);
}
