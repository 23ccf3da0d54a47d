/** Declaration of one option: the source of its check, its default, its key in `zoo.cfg` and its line of `conclave check`. */
export interface Option<T> {
  /** Apache's key; `undefined` if there is none in `zoo.cfg`. */
  readonly key?: string | undefined;
  /** Unit of the key's values, as shown. */
  readonly unit?: string | undefined;
  /** Factor from the key's unit to that of the option. @default 1 */
  readonly scale?: number | undefined;
  /** The default, as shown. @default the text of `standard` */
  readonly shown?: string | undefined;
  /** Returns the default. `resolved` has the options declared before this one. */
  readonly standard: (resolved: Readonly<Record<string, unknown>>) => T;
  /** Returns the requirement that a value violates, for "… must be …"; `undefined` if it is valid. */
  readonly check: (value: T) => string | undefined;
}

/** An option of any type. */
export interface AnyOption extends Omit<Option<unknown>, "check"> {
  readonly check: (value: never) => string | undefined;
}

/** Declarations of options by name. */
export type OptionTable = Readonly<Record<string, AnyOption>>;

/** A number with its range. */
export interface NumberOption<T extends number | undefined = number> extends Option<T> {
  readonly min: number;
  readonly max: number;
}

type About = Pick<Option<unknown>, "key" | "unit" | "scale" | "shown">;

const MAX_INT = 2 ** 31 - 1;
const valid = (): undefined => undefined;

/** Declares a whole number. `standard` is its default, or a function that returns it. */
export function whole(
  standard: number | Option<number>["standard"],
  min: number,
  about: About & { readonly max?: number } = {},
): NumberOption {
  const { max = MAX_INT, ...rest } = about;
  const check = (value: number): string | undefined =>
    Number.isInteger(value) && value >= min && value <= max ? undefined : `a whole number from ${min} to ${max}`;
  return { ...rest, min, max, standard: typeof standard === "number" ? () => standard : standard, check };
}

/** Declares a port; `undefined` means that there is none. */
export function port(
  about: About = {},
  standard: Option<number | undefined>["standard"] = valid,
): NumberOption<number | undefined> {
  const { check, min, max } = whole(0, 0, { max: 65_535 });
  return { ...about, min, max, standard, check: (value) => (value === undefined ? undefined : check(value)) };
}

/** Declares a number from 0 to 1. */
export function fraction(standard: number, about: About = {}): NumberOption {
  const check = (value: number): string | undefined => (value >= 0 && value <= 1 ? undefined : "from 0 to 1");
  return { ...about, min: 0, max: 1, standard: () => standard, check };
}

/** Declares an option of any other type; by default all its values are valid. */
export function option<T>(standard: T, about: About & { readonly check?: Option<T>["check"] } = {}): Option<T> {
  return { check: valid, ...about, standard: () => standard };
}

/** Returns all options of a table: the given values, checked, and the defaults of the others. Throws a `RangeError`. */
export function resolveOptions(
  table: OptionTable,
  given: Readonly<Record<string, unknown>>,
  prefix = "",
): Record<string, unknown> {
  const resolved: Record<string, unknown> = {};
  for (const [name, { standard, check }] of Object.entries(table)) {
    const value = given[name] ?? standard(resolved);
    const requirement = check(value as never);
    if (requirement !== undefined) throw new RangeError(`${prefix}${name} must be ${requirement}, and is ${value}`);
    resolved[name] = value;
  }
  return resolved;
}
