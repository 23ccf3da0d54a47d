const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** Formats a number with three significant digits, or more for whole ones: `8.13`, `81.3`, `813`, `8,130`. */
export function threeDigits(value: number): string {
  if (value >= 100) return number.format(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** Formats a share: `27 %` for 0.27. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
