import { type Book, type BookCommand, type BookFlag, flagsOf, takesFile, wordsOf } from "./book.ts";

/** Completion for zsh: to be put in a folder of `fpath` as `_tcpchat`, or sourced. */
export function zshCompletion(book: Book): string {
  const commands = book.commands.map(({ name, help }) => `    ${quoted(`${name}:${help}`)}`);
  return `#compdef tcpchat
# zsh completion for tcpchat, as \`tcpchat print zsh\` writes it.
_tcpchat() {
  local -a commands
  commands=(
${commands.join("\n")}
    'help:tells more'
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${book.commands.map((command) => commandCase(book, command)).join("\n")}
    help) (( CURRENT == 2 )) && _describe -t commands command commands ;;
  esac
}
if [[ $funcstack[1] == _tcpchat ]]; then _tcpchat "$@"; else compdef _tcpchat tcpchat; fi
`;
}

function commandCase(book: Book, command: BookCommand): string {
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
  const offered = values ? `(${values.join(" ")})` : value === "FILE" ? "_files" : value === "DIR" ? "_files -/" : " ";
  const taken = value === undefined ? "" : `:${value.replaceAll(/[[\]:\\]/g, "\\$&")}:${offered}`;
  return quoted(`${multiple ? "*" : ""}--${name}${value === undefined ? "" : "="}[${text}]${taken}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
