import { type Book, type BookCommand, type BookFlag, flagsOf, takesFile, wordsOf } from "./book.ts";

/** Completion for bash: to be sourced, or put where bash-completion looks. */
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

/** What follows a flag that takes a value. */
function valueCase({ name, value, values }: BookFlag): readonly string[] {
  if (value === undefined) return [];
  const offered = values
    ? `mapfile -t COMPREPLY < <(compgen -W "${values.join(" ")}" -- "$cur"); `
    : value === "FILE"
      ? `${files("-f")}; `
      : value === "DIR"
        ? `${files("-d")}; `
        : "";
  return [`        --${name}) ${offered}return ;;`];
}

function files(kind: "-f" | "-d"): string {
  return `{ compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen ${kind} -- "$cur"); }`;
}
