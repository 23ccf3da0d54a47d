import { InvalidArgumentError, Option } from "commander";

/** Returns the option `-D`, which collects system properties. */
export function systemProperties(): Option {
  return new Option("-D <name=value>", "a system property, in the form of java -D; may be repeated")
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([] as readonly string[], "none");
}

/** Returns a parser of whole numbers, for commander. It refuses other texts and names the allowed ones. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
