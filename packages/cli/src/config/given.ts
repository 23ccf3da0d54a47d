import { ConfigError, type ConfigProblem } from "./config-error.js";
import { PropertiesError, type Property, parseProperties } from "./properties.js";
import { keyNamed } from "./settings.js";
import { parseSystemProperty } from "./system-properties.js";

/** One key of the configuration. */
export interface Given {
  /** The name in the settings, if the key has several names. */
  readonly key: string;
  readonly value: string;
  /** Line in the file; `undefined` for a system property. */
  readonly line?: number | undefined;
  /** The `-Dname=value` of a system property. */
  readonly argument?: string | undefined;
  readonly isZooKeepers: boolean;
}

/**
 * Returns the keys of the file and of the system properties, one entry for each: from the last line with the key, or else
 * from the last property, since Apache overwrites system properties with the lines of the file. Adds a warning for each
 * value that is overridden.
 */
export function gather(
  text: string,
  file: string,
  systemProperties: readonly string[],
  warnings: ConfigProblem[],
): Given[] {
  const given = new Map<string, Given>();
  for (const each of systemProperties.map(parseSystemProperty)) {
    const key = keyNamed(each.key) ?? each.key;
    given.set(key, { ...each, key });
  }
  for (const { key: name, value, line } of readProperties(text, file)) {
    const key = keyNamed(name) ?? name;
    const before = given.get(key);
    if (before?.line !== undefined) {
      warnings.push({ line, message: `${name} is in line ${before.line} too; this line counts` });
    } else if (before !== undefined) {
      warnings.push({
        argument: before.argument,
        message: `overridden by line ${line} of ${file}, as in Apache ZooKeeper`,
      });
    }
    given.set(key, { key, value: value.trim(), line, isZooKeepers: true });
  }
  return [...given.values()];
}

function readProperties(text: string, file: string): Property[] {
  try {
    return parseProperties(text);
  } catch (error) {
    if (error instanceof PropertiesError) throw new ConfigError(file, [error]);
    throw error;
  }
}
