/** Steps that tests of accounts share: the SASL PLAIN payload, and transcripts that register and that log in. */

/** The password of every account that these transcripts make. */
const PASSWORD = "secret";

/** The base64 parameter of AUTHENTICATE for SASL PLAIN. */
export function saslPlain(account: string, password = PASSWORD): string {
  return Buffer.from(`\0${account}\0${password}`).toString("base64");
}

/** A transcript in which a client registers its nick as an account, joins rooms (`#ops,#dev`), and quits. */
export function registers(nick: string, rooms = ""): string {
  const joins = `
    ${nick}> JOIN ${rooms}
    ${nick}~ 366 ${nick} ${rooms.split(",").at(-1)}`;
  return `
    ${nick}: irc
    ${nick}> REGISTER * * ${PASSWORD}
    ${nick}< * REGISTER SUCCESS *
    ${nick}< * 900 *${rooms === "" ? "" : joins}
    ${nick}> QUIT
    ${nick}~ ERROR
    ${nick}.
  `;
}

interface Login {
  readonly account?: string;
  /** The user name: another one is another device. */
  readonly user?: string;
  /** Capabilities besides sasl. */
  readonly caps?: string;
}

/** A transcript in which a player connects, logs in with SASL PLAIN, and has read its welcome. */
export function logsIn(player: string, { account = "ann", user = account, caps = "" }: Login = {}): string {
  return `
    ${player}: raw
    ${player}> CAP REQ :sasl ${caps}
    ${player}~ ACK
    ${player}> AUTHENTICATE PLAIN
    ${player}~ AUTHENTICATE +
    ${player}> AUTHENTICATE ${saslPlain(account)}
    ${player}~ 903
    ${player}> NICK ${account}
    ${player}> USER ${user} 0 * :${account}
    ${player}> CAP END
    ${player}~ 422
  `;
}
