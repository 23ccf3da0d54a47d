import { Argument, type Command } from "commander";
import { addHelp } from "./command-help.js";
import { completedCommands } from "./completion/completed-command.js";
import { completionScript, SHELLS, type ShellName } from "./completion/completion-script.js";
import { ExitCode } from "./exit-code.js";

/** Adds `conclave completion`. `done` gets the exit code. */
export function addCompletion(program: Command, done: (exitCode: number) => void): void {
  const completion = program
    .command("completion")
    .description("print a script that completes the commands and options of conclave in a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .exitOverride()
    .action((shell: ShellName) => {
      process.stdout.write(completionScript(shell, completedCommands(program)));
      done(ExitCode.OK);
    });
  addHelp(completion, {
    examples: [
      ['eval "$(conclave completion bash)"', "in ~/.bashrc"],
      ['eval "$(conclave completion zsh)"', "in ~/.zshrc, after compinit"],
      ["conclave completion fish | source", "in ~/.config/fish/config.fish"],
    ],
    exitCodes: [
      ["0", "success"],
      ["2", "unknown shell"],
    ],
  });
}
