import { InvalidArgumentError } from "commander";

/** Reads the value of `--rounds`. */
export function roundsOption(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("It is a whole number from 1.");
  return Number(text);
}
