import type { CompletedCommand } from "./completed-command.js";

/** Shells with completion. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type ShellName = (typeof SHELLS)[number];

/** Returns the script that completes commands, options and files of `conclave` in a shell. */
export function completionScript(shell: ShellName, commands: readonly CompletedCommand[]): string {
  return { bash, zsh, fish }[shell](commands);
}

function bash(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, options, choices, takesFile }) => {
    const values = options.flatMap((option) =>
      option.choices === undefined
        ? []
        : [`        ${option.flag}) COMPREPLY=($(compgen -W "${option.choices.join(" ")}" -- "$cur")); return ;;`],
    );
    const withFile = options.filter((option) => option.takesValue && option.choices === undefined);
    if (withFile.length > 0) {
      values.push(
        `        ${withFile.map(({ flag }) => flag).join("|")}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`,
      );
    }
    const switched = values.length === 0 ? [] : ['      case "$prev" in', ...values, "      esac"];
    const files = takesFile ? ' || COMPREPLY=($(compgen -f -- "$cur"))' : "";
    const words = [...(choices ?? []), ...options.map(({ flag }) => flag)].join(" ");
    const rest =
      choices === undefined
        ? `[[ $cur == -* ]] && COMPREPLY=($(compgen -W "${words}" -- "$cur"))${files}`
        : `COMPREPLY=($(compgen -W "${words}" -- "$cur"))`;
    return [`    ${name})`, ...switched, `      ${rest}`, "      ;;"].join("\n");
  });
  return `# bash completion of conclave: eval "$(conclave completion bash)"
_conclave() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version" -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
}
complete -F _conclave conclave
`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const quote = (text: string): string => text.replace(/[\\'[\]:]/g, (each) => (each === "'" ? "'\\''" : `\\${each}`));
  const names = commands.map(({ name, description }) => `    '${name}:${quote(description)}'`);
  const cases = commands.map(({ name, options, choices, takesFile }) => {
    const specs = options.map(({ flag, description, takesValue, choices: values }) => {
      const value = takesValue ? `:value:${values === undefined ? "_files" : `(${values.join(" ")})`}` : "";
      return `'${flag}[${quote(description)}]${value}'`;
    });
    const argument = choices === undefined ? (takesFile ? "_files" : " ") : `(${choices.join(" ")})`;
    return `    ${name}) _arguments ${[...specs, `'*:argument:${argument}'`].join(" ")} ;;`;
  });
  return `#compdef conclave
# zsh completion of conclave: eval "$(conclave completion zsh)"
_conclave() {
  local -a commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join("\n")}
  esac
}
compdef _conclave conclave
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const lines = commands.flatMap(({ name, description, options, choices, takesFile }) => {
    const seen = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c conclave -f -n __fish_use_subcommand -a ${name} -d ${quote(description)}`,
      ...options.map(({ flag, description: text, takesValue, choices: values }) => {
        const kind = flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
        const value = values === undefined ? (takesValue ? " -r -F" : "") : ` -x -a ${quote(values.join(" "))}`;
        return `complete -c conclave ${seen} ${kind}${value} -d ${quote(text)}`;
      }),
      ...(choices === undefined ? [] : [`complete -c conclave ${seen} -x -a ${quote(choices.join(" "))}`]),
      ...(takesFile ? [`complete -c conclave ${seen} -F`] : []),
    ];
  });
  return `# fish completion of conclave: conclave completion fish | source\n${lines.join("\n")}\n`;
}
