import type { AnyOption, OptionTable } from "./option.js";
import {
  adminTable,
  connectionThrottleTable,
  ensembleTable,
  metricsTable,
  requestThrottleTable,
  serverTable,
} from "./option-table.js";

/** An option with a key in `zoo.cfg`, as `conclave server` and `conclave check` use it. */
export interface ConfigurableOption {
  /** Apache's key, or one of `conclave.*`. */
  readonly key: string;
  /** Name of the option, and of the group that it is a member of, if it is. */
  readonly name: string;
  readonly group: "admin" | "metrics" | "connectionThrottle" | "requestThrottle" | "ensemble" | undefined;
  /** The default, as text. */
  readonly standard: string;
  /** Unit of the key's values. */
  readonly unit: string | undefined;
  /** Factor from the key's unit to the option's. */
  readonly scale: number;
  /** Range of a number, in the option's unit. */
  readonly min: number | undefined;
  readonly max: number | undefined;
}

const tables: readonly (readonly [ConfigurableOption["group"], OptionTable])[] = [
  [undefined, serverTable],
  ["admin", adminTable],
  ["metrics", metricsTable],
  ["connectionThrottle", connectionThrottleTable],
  ["requestThrottle", requestThrottleTable],
  ["ensemble", ensembleTable],
];

/** Returns all options that have a key in `zoo.cfg`, each as it is declared once for resolver, parser and documentation. */
export function configurableOptions(): readonly ConfigurableOption[] {
  return tables.flatMap(([group, table]) =>
    Object.entries(table).flatMap(([name, each]) =>
      each.key === undefined ? [] : [describe(each.key, name, group, each)],
    ),
  );
}

function describe(key: string, name: string, group: ConfigurableOption["group"], each: AnyOption): ConfigurableOption {
  const { unit, scale = 1, shown, standard } = each;
  const { min, max } = each as { readonly min?: number; readonly max?: number };
  return { ...{ key, name, group, unit, scale, min, max }, standard: shown ?? text(standard({}), scale) };
}

function text(value: unknown, scale: number): string {
  if (Array.isArray(value)) return value.join(",");
  return String(typeof value === "number" ? value / scale : value);
}
