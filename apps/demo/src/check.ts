/** One thing that must hold, whether it did, and what it is judged from. */
export interface Check {
  readonly name: string;
  readonly holds: boolean;
  readonly because: string;
}
