import { type Book, type BookFlag, type BookKey, flagsOf } from "./book.ts";

const REVISED = "November 27, 2026"; // last change of the text outside the tables
const WIDTH = 80; // characters of a line (mandoc's style)

/** The manual page tcpchat(1), in mdoc(7). */
export function manPage(book: Book): string {
  const sections = [
    `.Dd ${REVISED}\n.Dt TCPCHAT 1\n.Os "tcpchat ${book.version}"`,
    ".Sh NAME\n.Nm tcpchat\n.Nd chat server for nc, IRC clients and its own client, and that client",
    `.Sh SYNOPSIS\n${book.commands.map(({ name, arguments: taken }) => synopsis(book, name, taken)).join("\n")}`,
    DESCRIPTION,
    `.Sh COMMANDS\n${book.commands.map(({ name }) => command(book, name)).join("\n")}`,
    `.Sh KEYS OF THE CLIENT\n${keyboard(book)}`,
    `.Sh CONFIGURATION\n${CONFIGURATION}\n${configuration(book)}`,
    REFERENCE,
  ];
  return `${sections.join("\n").split("\n").map(wrapped).join("\n")}\n`;
}

/** Wraps a long line of text; requests stay as they are. */
function wrapped(line: string): string {
  if (line.startsWith(".") || line.length <= WIDTH) return line;
  const cut = line.lastIndexOf(" ", WIDTH);
  return cut <= 0 ? line : `${line.slice(0, cut)}\n${wrapped(line.slice(cut + 1))}`;
}

function synopsis(book: Book, name: string, taken: string): string {
  const flags = flagsOf(book, name).length === 0 ? "" : "\n.Op Ar flags";
  return `.Nm\n.Cm ${escaped(name)}${flags}${taken === "" ? "" : `\n.Ar ${escaped(taken)}`}`;
}

function command(book: Book, name: string): string {
  const row = book.commands.find((candidate) => candidate.name === name);
  const flags = flagsOf(book, name).map(flagItem);
  const list = flags.length === 0 ? "" : `\n.Bl -tag -width Ds\n${flags.join("\n")}\n.El`;
  return `.Ss tcpchat ${escaped(`${name} ${row?.arguments ?? ""}`.trim())}\n${sentence(row?.help ?? "")}${list}`;
}

function flagItem({ name, value, default: fallback, help }: BookFlag): string {
  const more = fallback === undefined ? [] : [`Default: ${escaped(fallback)}`];
  const taken = value === undefined ? "" : ` Ar ${escaped(value)}`;
  return [`.It Fl \\-${escaped(name)}${taken}`, sentence(help), ...more].join("\n");
}

function keyboard({ keyboard: rows }: Book): string {
  const items = rows.map(({ label, help }) => `.It ${escaped(label)}\n${sentence(help)}`);
  return `.Bl -tag -width Ds\n${items.join("\n")}\n.El`;
}

function configuration({ keys, operatorKeys, gatewayKeys }: Book): string {
  const tables = [...new Set(keys.map(({ table }) => table))].map((table) => {
    const items = keys.filter((row) => row.table === table).map(keyItem);
    return `.Ss [${table}]\n.Bl -tag -width Ds\n${items.join("\n")}\n.El`;
  });
  const [operators, gateways] = [operatorKeys, gatewayKeys].map((names) =>
    names.map((key) => `.Cm ${key}`).join("\nand\n"),
  );
  return `${tables.join("\n")}
.Ss [[operators]]
The accounts of server operators.
Each has a
${operators} ;
the password may be a hash from
.Nm Cm hash-password .
.Ss [[gateways]]
IRC gateways, which name the client's real address in their first line (WEBIRC).
Each has
${gateways} ;
the address can be a network.`;
}

function keyItem({ key, values, default: fallback, help }: BookKey): string {
  const lines = [`.It Cm ${key}`, sentence(help)];
  if (values) lines.push(`One of ${values.join(", ")}.`);
  lines.push(`Default: ${escaped(JSON.stringify(fallback))}`);
  return lines.join("\n");
}

/** A help text as a sentence, on lines that are not requests. */
function sentence(help: string): string {
  const text = escaped(help.replaceAll("`", ""));
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`.replaceAll(/([a-z)])\. (?=[A-Z])/g, "$1.\n");
}

/** Escapes text so that no line is a request, and a flag's hyphens are minus signs. */
function escaped(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll(/(?<![\w-])--?(?=\w)/g, (dashes) => dashes.replaceAll("-", "\\-"))
    .replaceAll(/^(?=[.'])/gm, "\\&");
}

const DESCRIPTION = `.Sh DESCRIPTION
.Nm
is a chat server and a terminal client for it in one program.
One port speaks to everyone: the first bytes that a peer sends show whether it is an IRC client, a person with
.Xr nc 1
or
.Xr ssh 1 ,
and all of them meet in the same rooms.
A message is stored before anyone sees it.
.Pp
Every flag can also be set in the environment:
.Fl \\-some-flag
is
.Ev TCPCHAT_SOME_FLAG .
A flag beats the environment, the environment beats the configuration.`;

const CONFIGURATION = `The server reads
.Pa ~/.config/tcpchat/server.toml ,
if it exists, or the file that
.Fl \\-config
names.
It is TOML.
Every key is optional, and an unknown one is refused.
Relative paths are relative to the file.
On
.Dv SIGHUP
it is read again: the log names each key that has changed, and says which of them need a restart.
Nobody is disconnected, and a file with a mistake in it changes nothing.`;

const REFERENCE = `.Sh SIGNALS
.Bl -tag -width Ds
.It Dv SIGINT , SIGTERM
The server stops: it tells everyone, sends what is still queued, and closes the database.
A second signal ends it at once.
.It Dv SIGHUP
The server reads its configuration and its certificate again.
.El
.Sh ENVIRONMENT
.Bl -tag -width Ds
.It Ev LISTEN_FDS , LISTEN_PID
The server listens on the open sockets that
.Xr systemd.socket 5
passes, instead of those in the configuration.
.It Ev NOTIFY_SOCKET , WATCHDOG_USEC
The server tells the service manager when it is ready, that it is alive, and when it stops.
.It Ev NO_COLOR
The client shows no colours.
.It Ev XDG_CONFIG_HOME , XDG_DATA_HOME , XDG_STATE_HOME
The folders of the configuration, the data folder and the client's state.
.El
.Sh FILES
.Bl -tag -width Ds
.It Pa ~/.config/tcpchat/server.toml
The server's configuration.
.It Pa ~/.config/tcpchat/client.toml
The client's configuration.
A table
.Li [servers.NAME]
names a server and its settings; without another server given, the full-screen client connects to all that are named.
.It Pa ~/.local/share/tcpchat
The server's data folder: history, accounts, the SSH host key, and the certificate if none is configured.
To move a server, use
.Nm
.Cm backup
and
.Nm
.Cm restore .
.It Pa ~/.local/share/tcpchat/known_servers
The servers that have used TLS with the client, a line each: with the fingerprint of the certificate, as
.Li trusted
if a certificate authority has signed it, or with the TLS port that the server demands, and until when.
The client never uses plain text with these servers; a line may be removed.
.It Pa ~/.local/state/tcpchat
The client's state for each server: the login, the key that it shows over TLS, unconfirmed messages, drafts, entered lines, the order of rooms.
.El
.Sh EXIT STATUS
.Bl -tag -width Ds
.It 0
Done; with
.Cm send ,
the message is stored.
.It 1
Failed, or refused; or the output could not be written.
.It 2
Wrong usage, or a configuration with a mistake in it.
.It 3
The server could not be reached.
.It 4
Not authorised.
.El
.Sh ACCOUNTS
.Nm
.Cm account remove
and
.Cm passwd
log the account's sessions out, within a second if a server runs on the data folder: they become guests and are told why.
.Cm passwd
removes the certificates that log in to the account, unless
.Fl \\-keep\\-certificates
is given.
A later account with the name of a removed one inherits nothing from it.
.Sh EXAMPLES
A server that keeps nothing on disk:
.Pp
.Dl $ tcpchat server \\-\\-ephemeral
.Pp
Send the output of a program to the room #build, and report whether it was stored:
.Pp
.Dl $ make 2>&1 | tcpchat send build && echo stored
.Pp
As a service, under
.Xr systemd 1 :
.Pp
.Dl # tcpchat print unit > /etc/systemd/system/tcpchat.service
.Dl # systemctl enable \\-\\-now tcpchat
.Sh SEE ALSO
.Xr nc 1 ,
.Xr ssh 1 ,
.Xr systemd.service 5`;
