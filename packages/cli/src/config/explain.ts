import { shownText } from "@conclave/runtime";
import type { Given } from "./given.js";
import { otherKey } from "./other-keys.js";
import type { ParsedConfig } from "./server-config.js";
import { keyNamed, SETTING_NAMES, settings } from "./settings.js";

/** One line of the output of `conclave check`. */
export interface Explained {
  readonly key: string;
  /** With its unit. */
  readonly value: string;
  /** `zoo.cfg:3`, `-Dname=value`, or `default`. */
  readonly from: string;
}

const OF_SECURITY = /^ssl\.|^superUser|^java\.security\.|^sasl\.serverconfig$|^quorum\.auth\..*LoginContext$/;
const SECRET = /password$|superDigest$|sessionSecret$/i;

/**
 * Returns every setting that the server uses, with its value and its source: first the given ones, including those for
 * ensembles only, then the defaults.
 */
export function explain({ given }: ParsedConfig, file: string): readonly Explained[] {
  const understood = given.filter(
    ({ key }) => keyNamed(key) !== undefined || otherKey(key)?.kind === "of-ensembles" || OF_SECURITY.test(key),
  );
  const set = understood.map((each) => ({ key: each.key, value: shown(each), from: placeOf(each, file) }));
  const isSet = new Set(set.map(({ key }) => key));
  const defaults = SETTING_NAMES.flatMap((name) => {
    const key = keyNamed(name)!;
    if (key !== name || isSet.has(key)) return [];
    const { standard, unit } = settings[key];
    return [{ key, value: withUnit(standard, unit), from: "default" }];
  });
  return [...set, ...defaults];
}

function shown({ key, value }: Given): string {
  if (SECRET.test(key) && !/^(?:true|false)$/i.test(value)) return "(not shown)";
  const known = keyNamed(key);
  if (otherKey(key)?.kind === "of-ensembles") return `${value} (of ensembles; nothing here)`;
  if (known === undefined) return value;
  const { read, unit, standard } = settings[known];
  const result = read(value);
  if ("ignored" in result) return `${withUnit(standard, unit)} (${value} is ignored)`;
  const number = "value" in result && typeof result.value === "number" ? String(result.value) : value;
  return number === value ? withUnit(value, unit) : `${withUnit(number, unit)} (${value})`;
}

function withUnit(value: string, unit: string | undefined): string {
  const [number, rest = ""] = value.split(/(?=,)/, 2);
  return unit !== undefined && /^-?\d+$/.test(number!) ? `${number} ${unit}${rest}` : value;
}

function placeOf({ line, argument }: Given, file: string): string {
  return argument === undefined ? `${file}:${line}` : argument.replace(/=.*/s, "");
}

/** Returns the rows as a table with aligned columns. */
export function table(rows: readonly Explained[]): string {
  const width = (column: "key" | "value"): number => Math.max(...rows.map((row) => row[column].length));
  const [keys, values] = [width("key"), Math.min(width("value"), 60)];
  return rows
    .map(({ key, value, from }) => `${shownText(`${key.padEnd(keys)}  ${value.padEnd(values)}  ${from}`)}\n`)
    .join("");
}
