import { type Book, type BookCommand, type BookFlag, flagsOf, takesFile, wordsOf } from "./book.ts";

/** The completion script for bash: source it, or put it where bash-completion looks. */
export function bashCompletion(book: Book): string {
  const names = [...book.commands.map(({ name }) => name), "help", "--help", "--version"];
  return `# bash completion for tcpchat, as \`tcpchat print bash\` writes it.
_tcpchat() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "${names.join(" ")}" -- "$cur")
    return
  fi
  case \${COMP_WORDS[1]} in
${book.commands.map((command) => commandCase(book, command)).join("\n")}
    help) mapfile -t COMPREPLY < <(compgen -W "${book.commands.map(({ name }) => name).join(" ")}" -- "$cur") ;;
  esac
}
complete -F _tcpchat tcpchat
`;
}

function commandCase(book: Book, command: BookCommand): string {
  const flags = flagsOf(book, command.name);
  const values = flags.flatMap((flag) => valueCase(flag));
  const words = [...wordsOf(command), ...flags.map(({ name }) => `--${name}`)];
  const lines = [
    `    ${command.name})`,
    ...(values.length > 0 ? ["      case $prev in", ...values, "      esac"] : []),
    `      mapfile -t COMPREPLY < <(compgen -W "${words.join(" ")}" -- "$cur")`,
    ...(takesFile(command) ? [`      [[ $cur == -* ]] || ${files("-f")}`] : []),
    "      ;;",
  ];
  return lines.join("\n");
}

/** Completes the value of a flag. */
function valueCase({ name, value, values }: BookFlag): readonly string[] {
  if (value === undefined) return [];
  const completion = values
    ? `mapfile -t COMPREPLY < <(compgen -W "${values.join(" ")}" -- "$cur"); `
    : value === "FILE"
      ? `${files("-f")}; `
      : value === "DIR"
        ? `${files("-d")}; `
        : "";
  return [`        --${name}) ${completion}return ;;`];
}

function files(kind: "-f" | "-d"): string {
  return `{ compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen ${kind} -- "$cur"); }`;
}

/** The completion script for fish: source it, or put it into ~/.config/fish/completions as tcpchat.fish. */
export function fishCompletion(book: Book): string {
  const lines = book.commands.flatMap((command) => [
    `complete -c tcpchat -n __fish_use_subcommand -a ${command.name} -d ${fishQuoted(command.help)}`,
    ...argumentLines(command),
    ...flagsOf(book, command.name).map((flag) => flagLine(command, flag)),
  ]);
  return `# fish completion for tcpchat, as \`tcpchat print fish\` writes it.
complete -c tcpchat -f
${lines.join("\n")}
complete -c tcpchat -n __fish_use_subcommand -a help -d 'shows help'
complete -c tcpchat -n __fish_use_subcommand -l version -d 'shows the version'
`;
}

function argumentLines(command: BookCommand): readonly string[] {
  const words = wordsOf(command);
  if (words.length > 0) return [`complete -c tcpchat ${afterCommand(command)} -a ${fishQuoted(words.join(" "))}`];
  return takesFile(command) ? [`complete -c tcpchat ${afterCommand(command)} -F`] : [];
}

function flagLine(command: BookCommand, { name, value, values, help }: BookFlag): string {
  const completion = values
    ? ` -x -a ${fishQuoted(values.join(" "))}`
    : value === "FILE"
      ? " -r -F"
      : value === "DIR"
        ? " -x -a '(__fish_complete_directories)'"
        : value === undefined
          ? ""
          : " -x";
  return `complete -c tcpchat ${afterCommand(command)} -l ${name}${completion} -d ${fishQuoted(help)}`;
}

function afterCommand({ name }: BookCommand): string {
  return `-n '__fish_seen_subcommand_from ${name}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** The completion script for zsh: source it, or put it into a folder of `fpath` as `_tcpchat`. */
export function zshCompletion(book: Book): string {
  const commands = book.commands.map(({ name, help }) => `    ${zshQuoted(`${name}:${help}`)}`);
  return `#compdef tcpchat
# zsh completion for tcpchat, as \`tcpchat print zsh\` writes it.
_tcpchat() {
  local -a commands
  commands=(
${commands.join("\n")}
    'help:shows help'
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${book.commands.map((command) => zshCommandCase(book, command)).join("\n")}
    help) (( CURRENT == 2 )) && _describe -t commands command commands ;;
  esac
}
if [[ $funcstack[1] == _tcpchat ]]; then _tcpchat "$@"; else compdef _tcpchat tcpchat; fi
`;
}

function zshCommandCase(book: Book, command: BookCommand): string {
  const words = wordsOf(command);
  const first = words.length > 0 ? [`'1:what:(${words.join(" ")})'`] : takesFile(command) ? ["'1:file:_files'"] : [];
  const rest = /\.\.\.|HOST|ROOM/.test(command.arguments) ? ["'*:: :'"] : [];
  const specs = [...flagsOf(book, command.name).map(flagSpec), ...first, ...rest];
  const lines =
    specs.length === 0 ? ["      _message 'no more arguments'"] : [`      _arguments ${specs.join(" \\\n        ")}`];
  return [`    ${command.name})`, ...lines, "      ;;"].join("\n");
}

function flagSpec({ name, value, values, multiple, help }: BookFlag): string {
  const text = help.replaceAll(/[[\]:\\]/g, "\\$&");
  const completion = values
    ? `(${values.join(" ")})`
    : value === "FILE"
      ? "_files"
      : value === "DIR"
        ? "_files -/"
        : " ";
  const taken = value === undefined ? "" : `:${value.replaceAll(/[[\]:\\]/g, "\\$&")}:${completion}`;
  return zshQuoted(`${multiple ? "*" : ""}--${name}${value === undefined ? "" : "="}[${text}]${taken}`);
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
