import type { Command } from "commander";

/** A command for completion: its name, description, and options. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** Values of the first argument; undefined where files are completed, or nothing. */
  readonly choices?: readonly string[] | undefined;
  /** True if an argument is a file. */
  readonly takesFile: boolean;
}

/** An option for completion. */
export interface CompletedOption {
  /** `--name`, or `-n` if it has no long name. */
  readonly flag: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly choices?: readonly string[] | undefined;
}

/** Returns the commands of a program with their visible options. */
export function completedCommands(program: Command): readonly CompletedCommand[] {
  return program.commands.map((command) => {
    const options = command.options
      .filter(({ hidden }) => !hidden)
      .map((option) => ({
        flag: option.long ?? option.short!,
        description: option.description,
        takesValue: option.required || option.optional,
        choices: option.argChoices,
      }));
    const names = command.registeredArguments.map((argument) => argument.name());
    return {
      ...{ name: command.name(), description: command.description() },
      options: [...options, { flag: "--help", description: "show the help", takesValue: false }],
      choices: command.registeredArguments[0]?.argChoices,
      takesFile: names.some((name) => name === "file" || name === "data-dir"),
    };
  });
}
