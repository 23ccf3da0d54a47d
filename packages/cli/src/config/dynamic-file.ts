import type { Given } from "./given.js";
import { type Judgement, placeOf } from "./judge.js";
import { PropertiesError, type Property, parseProperties } from "./properties.js";

/** Reads a text file; throws Node.js's error if it cannot. */
export type ReadText = (path: string) => string;

/** Keys that describe an ensemble. */
export const OF_CONFIGURATION = /^(?:server\.[+-]?\d+|group\.\d+|weight\.\d+|version)$/;
/** A reconfiguration names its file after its version: `zoo.cfg.dynamic.100000003`. */
const VERSION_IN_NAME = /\.dynamic\.([0-9a-f]{1,16})$/;

/**
 * Reads the lines of the members that are in a file of their own (`dynamicConfigFile`), as a reconfiguration leaves them. Returns
 * them with the place of the key that names the file, and its `version`. Without that key, returns nothing.
 */
export function dynamicLines(
  given: ReadonlyMap<string, Given>,
  readText: ReadText,
  { problems }: Judgement,
): readonly Given[] {
  const named = given.get("dynamicConfigFile");
  if (named === undefined) return [];
  const refuse = (message: string): readonly Given[] => {
    problems.push({ ...placeOf(named), message: `dynamicConfigFile: ${message}` });
    return [];
  };
  const listed = [...given.keys()].find((key) => /^(?:server|group|weight)\.\d+$/.test(key));
  if (listed !== undefined) return refuse(`${listed} is in this file too: all lines of members belong into one file`);
  let properties: readonly Property[];
  try {
    properties = parseProperties(readText(named.value));
  } catch (error) {
    if (error instanceof PropertiesError) return refuse(`${named.value}:${error.line}: ${error.message}`);
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return refuse(`cannot read the members: ${(error as Error).message}`);
  }
  const other = properties.find(({ key }) => !OF_CONFIGURATION.test(key));
  if (other !== undefined) {
    return refuse(`${named.value}:${other.line}: ${other.key} does not belong there: only server.N, group.N, weight.N`);
  }
  const [, version] = VERSION_IN_NAME.exec(named.value) ?? [];
  const all = new Map(version === undefined ? [] : [["version", version]]);
  for (const { key, value } of properties) all.set(key, value.trim());
  return [...all].map(([key, value]) => ({ key, value, line: named.line, isZooKeepers: true }));
}
