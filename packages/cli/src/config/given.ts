import { ConfigError, type ConfigProblem } from "./config-error.js";
import { PropertiesError, type Property, parseProperties } from "./properties.js";
import { keyNamed } from "./settings.js";
import { parseSystemProperty } from "./system-properties.js";

/** One key that somebody has set. */
export interface Given {
  /** The name that is used in the settings, where several stand for one. */
  readonly key: string;
  readonly value: string;
  /** In the file. */
  readonly line?: number | undefined;
  /** The `-Dname=value`. */
  readonly argument?: string | undefined;
  readonly isZooKeepers: boolean;
}

/**
 * What file and arguments set, one entry for each key: of the last line that has it, or else of the last argument, for
 * Apache makes a system property of each line, in place of what was given. Adds to `warnings` what does not count.
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
      warnings.push({ line, message: `${name} stands in line ${before.line} too; this one counts` });
    } else if (before !== undefined) {
      warnings.push({ argument: before.argument, message: `line ${line} of ${file} counts, as with Apache's` });
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
