import { InvalidArgumentError } from "commander";

/** Parses the value of `--rounds`. */
export function roundsOption(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1 to 9999.");
  return Number(text);
}

/** Parses the value of `--minutes`. */
export function minutesOption(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0) || minutes > 10_000) throw new InvalidArgumentError("It must be a positive number up to 10000.");
  return minutes;
}

/** Parses the value of `--seed`. */
export function seedOption(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("It must be a whole number of at most ten digits.");
  return Number(text);
}
