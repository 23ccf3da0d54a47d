/** A guarantee was broken. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/** Throws a {@link Violation} unless a condition holds. */
export function demand(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Violation(message());
}

/** Returns a zxid as epoch and counter. */
export function zxidText(zxid: bigint): string {
  return zxid < 0n ? `${zxid}` : `${zxid >> 32n}:${zxid & 0xffff_ffffn}`;
}
