import type { Command } from "commander";

/** Sections of a command's `--help` after its arguments and options. */
export interface HelpSections {
  /** Paragraphs on the purpose and on the output. */
  readonly details?: readonly string[] | undefined;
  /** Command lines with their meaning. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[];
}

/** Exit codes of a command that does its work or fails. */
export const PLAIN_EXIT_CODES: HelpSections["exitCodes"] = [
  ["0", "success"],
  ["1", "failure; standard error has the reason"],
  ["2", "wrong command line"],
];

const WIDTH = 80;
const INDENT = "  ";

/** Adds the sections to the help of a command. */
export function addHelp(command: Command, { details = [], examples, exitCodes }: HelpSections): Command {
  const paragraphs = details.map((text) => `${wrapped(text).join("\n")}\n`);
  const sections = [...paragraphs, section("Examples:", examples), section("Exit codes:", exitCodes)];
  return command.addHelpText("after", `\n${sections.join("\n")}`.trimEnd());
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([term]) => term.length));
  const fits = rows.every(([, meaning]) => INDENT.length + width + 2 + meaning.length <= WIDTH);
  const lines = rows.flatMap(([term, meaning]) =>
    fits
      ? [`${INDENT}${term.padEnd(width)}  ${meaning}`]
      : [`${INDENT}${term}`, ...wrapped(meaning).map((line) => `${INDENT}${INDENT}${INDENT}${line}`)],
  );
  return `${title}\n${lines.join("\n")}\n`;
}

function wrapped(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && line.length + 1 + word.length > WIDTH - 6) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
