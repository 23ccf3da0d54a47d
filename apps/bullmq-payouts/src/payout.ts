/** One payout, as the job's data has it. */
export interface Payout {
  /** What makes it the same payout, however often its job runs. */
  readonly id: string;
  readonly account: string;
  readonly cents: number;
}

/** `count` payouts over `accounts` accounts, in turn. */
export function payoutsOf(count: number, accounts: number): Payout[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `payout-${index + 1}`,
    account: `${(index % accounts) + 1}`,
    cents: 100 + (index % 900),
  }));
}
