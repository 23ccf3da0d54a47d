/** The one name of a guard that cannot hold several. Throws a `TypeError` for another number of them. */
export function onlyName(names: readonly string[]): string {
  const [name] = names;
  if (name !== undefined && names.length === 1) return name;
  throw new TypeError(`one key is asked for, not ${JSON.stringify(names)}: only @Locked holds several together`);
}
