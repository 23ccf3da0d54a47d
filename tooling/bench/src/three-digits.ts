const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `8.13`, `81.3`, `813`, `8,130`: three digits that mean something. */
export function threeDigits(value: number): string {
  if (value >= 100) return number.format(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** `27 %` of 0.27. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
