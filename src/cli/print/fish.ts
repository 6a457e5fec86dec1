import { type Book, type BookCommand, type BookFlag, flagsOf, takesFile, wordsOf } from "./book.ts";

/** Completion for fish: to be put into ~/.config/fish/completions as tcpchat.fish, or sourced. */
export function fishCompletion(book: Book): string {
  const lines = book.commands.flatMap((command) => [
    `complete -c tcpchat -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.help)}`,
    ...argumentLines(command),
    ...flagsOf(book, command.name).map((flag) => flagLine(command, flag)),
  ]);
  return `# fish completion for tcpchat, as \`tcpchat print fish\` writes it.
complete -c tcpchat -f
${lines.join("\n")}
complete -c tcpchat -n __fish_use_subcommand -a help -d 'tells more'
complete -c tcpchat -n __fish_use_subcommand -l version -d 'says which version this is'
`;
}

function argumentLines(command: BookCommand): readonly string[] {
  const words = wordsOf(command);
  if (words.length > 0) return [`complete -c tcpchat ${seen(command)} -a ${quoted(words.join(" "))}`];
  return takesFile(command) ? [`complete -c tcpchat ${seen(command)} -F`] : [];
}

function flagLine(command: BookCommand, { name, value, values, help }: BookFlag): string {
  const offered = values
    ? ` -x -a ${quoted(values.join(" "))}`
    : value === "FILE"
      ? " -r -F"
      : value === "DIR"
        ? " -x -a '(__fish_complete_directories)'"
        : value === undefined
          ? ""
          : " -x";
  return `complete -c tcpchat ${seen(command)} -l ${name}${offered} -d ${quoted(help)}`;
}

function seen({ name }: BookCommand): string {
  return `-n '__fish_seen_subcommand_from ${name}'`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
