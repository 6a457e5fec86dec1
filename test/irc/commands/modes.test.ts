import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { rule } from "../../support/transcript.ts";

const ROOM = `
    ann: irc
    bob: irc
    ann> JOIN #dev
    ann< :ann!* JOIN #dev
    ann< * 353 *
    ann< * 366 *
    bob> JOIN #dev
    bob< :bob!* JOIN #dev
    bob< * 353 *
    bob< * 366 *
    ann< :bob!* JOIN #dev
`;

// "If <modestring> is not given, the RPL_CHANNELMODEIS numeric is returned. […] Servers MAY also return the
// RPL_CREATIONTIME numeric following RPL_CHANNELMODEIS." (Modern IRC, MODE)
rule(
  "a room's modes are shown to everyone, its key to members only",
  `
    ${ROOM}
    eve: irc
    ann> MODE #dev +kl sesame 7
    ann< :ann!~ann@* MODE #dev +kl sesame 7
    bob< :ann!~ann@* MODE #dev +kl sesame 7
    bob> MODE #DEV
    bob< :chat.test 324 bob #dev +ntkl sesame 7
    bob< :chat.test 329 bob #dev *
    eve> MODE #dev
    eve< :chat.test 324 eve #dev +ntkl * 7
    eve< :chat.test 329 eve #dev *
    eve> MODE #nowhere
    eve< :chat.test 403 eve #nowhere :There is no room #nowhere
  `,
);

// "For type A, B, and C modes, arguments will be sequentially obtained from <mode arguments>." "When the server is done
// processing the modes, a MODE command is sent to all members of the channel containing the mode changes."
rule(
  "several changes are sent in one line, and invalid ones are answered once",
  `
    ${ROOM}
    ann> MODE #dev +ovmX-t+Xl bob bob 5
    ann< :ann!* MODE #dev +ovm-t+l bob bob 5
    ann< :chat.test 472 ann X :is unknown mode char to me
    bob< :ann!* MODE #dev +ovm-t+l bob bob 5
    ann> MODE #dev +vv-l+b nobody nobody *!*@bad
    ann< :ann!* MODE #dev -l+b *!*@bad
    ann< :chat.test 401 ann nobody :Nobody here is called nobody
    bob< :ann!* MODE #dev -l+b *!*@bad
  `,
);

rule(
  "a change without effect, or undone in the same line, does not affect the other changes",
  `
    ${ROOM}
    ann> MODE #dev +nt-m+b-b x y
    ann< :ann!* MODE #dev +b x!*@*
    bob< :ann!* MODE #dev +b x!*@*
    ann> MODE #dev +bb x!*@* X
    ann|
    ann> MODE #dev -o+o ann ann
    ann< :ann!* MODE #dev -o+o ann ann
    bob< :ann!* MODE #dev -o+o ann ann
    ann> MODE #dev +k-k+k one two three
    ann< :ann!* MODE #dev +k-k+k one one three
    bob< :ann!* MODE #dev +k-k+k one one three
    ann> MODE #dev +H
    ann< :chat.test 696 ann #dev H * :A parameter is missing: how long messages are kept is *
    ann> MODE #dev +b a!b@c@d
    ann< :chat.test 696 ann #dev b a!b@c@d :"a!b@c@d" is not valid: *
  `,
);

// "If a user does not have appropriate privileges to change modes on the target channel, the server MUST not process
// the message, and ERR_CHANOPRIVSNEEDED numeric is returned." (Modern IRC, MODE)
rule(
  "a client without the rights is refused once, whatever it requests",
  `
    ${ROOM}
    bob> MODE #dev +mXol bob nine
    bob< :chat.test 482 bob #dev :Only an operator of #dev may do that
    bob> MODE #dev +X
    bob< :chat.test 482 bob #dev :Only an operator of #dev may do that
    eve: irc
    eve> MODE #dev -n
    eve< :chat.test 482 eve #dev :Only an operator of #dev may do that
  `,
);

// "If a type A mode has been sent without an argument, the contents of the list MUST be sent to the user."
rule(
  "a list letter without a mask shows the list, to clients that may not change it too",
  `
    ${ROOM}
    ann> MODE #dev +beI-b+I *!*@a a:bob m:eve z ,bad
    ann< :ann!* MODE #dev +beI *!*@a a:bob m:eve!*@*
    ann< :chat.test 696 ann #dev I ,bad :*
    bob< :ann!* MODE #dev +beI *!*@a a:bob m:eve!*@*
    bob> MODE #dev b
    bob< :chat.test 367 bob #dev *!*@a ann!~ann@* 1*
    bob< :chat.test 368 bob #dev :End of channel ban list
    bob> MODE #dev +eI
    bob< :chat.test 348 bob #dev a:bob ann!~ann@* 1*
    bob< :chat.test 349 bob #dev :End of channel exception list
    bob< :chat.test 346 bob #dev m:eve!*@* ann!~ann@* 1*
    bob< :chat.test 347 bob #dev :End of channel invite exception list
  `,
);

// "If a type B or C mode does not have a parameter when being set, the server MUST ignore that mode." "If the value is
// invalid, they SHOULD return ERR_INVALIDMODEPARAM." (Modern IRC, MODE, Key Channel Mode)
rule(
  "a missing or invalid parameter changes nothing, and is answered",
  `
    ${ROOM}
    ann> MODE #dev +k
    ann< :chat.test 696 ann #dev k * :*
    ann> MODE #dev +k :with a blank
    ann< :chat.test 696 ann #dev k * :A key has 1 to 32 characters, *
    ann> MODE #dev +l
    ann< :chat.test 696 ann #dev l * :*whole number*
    ann> MODE #dev +l many
    ann< :chat.test 696 ann #dev l many :*whole number*
    ann> MODE #dev +l 0
    ann< :chat.test 696 ann #dev l 0 :*whole number*
    ann> MODE #dev +l -5
    ann< :chat.test 696 ann #dev l -5 :*whole number*
    ann> MODE #dev +l 99999999999999999999
    ann< :chat.test 696 ann #dev l 99999999999999999999 :*whole number*
    ann> MODE #dev +k :a b
    ann< :chat.test 696 ann #dev k * :*
    ann> MODE #dev +o
    ann< :chat.test 696 ann #dev o * :*
    ann> MODE #dev +o zoe
    ann< :chat.test 401 ann zoe :*
    zoe: irc
    ann> MODE #dev +o zoe
    ann< :chat.test 441 ann zoe #dev :zoe is not in #dev
    bob|
  `,
);

// "If they match one of these banned masks, they will receive an ERR_BANNEDFROMCHAN reply and the JOIN command will
// fail." "If their nickmask matches any one of the masks set by this mode […] they will not be blocked from joining."
rule(
  "a ban refuses JOIN, an exception permits it, a mute only silences",
  `
    ${ROOM}
    eve: irc
    ann> MODE #dev +b eve!*@*
    ann< * MODE *
    bob< * MODE *
    eve> JOIN #dev
    eve< :chat.test 474 eve #dev :You are banned from #dev; only its operators can change that
    ann> MODE #dev +e *!~eve@*
    ann< * MODE *
    bob< * MODE *
    eve> JOIN #dev
    eve< :eve!* JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< :eve!* JOIN #dev
    bob< :eve!* JOIN #dev
    ann> MODE #dev -e+b *!~eve@* m:eve
    ann< * MODE #dev -e+b *!~eve@* m:eve!*@*
    bob< * MODE *
    eve< * MODE *
    eve> PRIVMSG #dev :hello?
    eve< :chat.test 404 eve #dev :Not said: you are banned from #dev; only its operators can change that
    ann> MODE #dev -b+v eve eve
    ann< * MODE *
    bob< * MODE *
    eve< * MODE *
    eve> PRIVMSG #dev :hello!
    ann< :eve!* PRIVMSG #dev :hello!
    bob< :eve!* PRIVMSG #dev :hello!
  `,
);

// "If this mode is set on a channel, a user must have received an INVITE for this channel before being allowed to join."
rule(
  "each mode that refuses a JOIN has its numeric",
  `
    ${ROOM}
    eve: irc
    ann> MODE #dev +i
    ann< * MODE *
    bob< * MODE *
    eve> JOIN #dev
    eve< :chat.test 473 eve #dev :#dev is for invited people only; ask someone who is in it
    bob> INVITE eve #dev
    bob< :chat.test 482 bob #dev :Only an operator of #dev may do that
    ann> MODE #dev -i+kl sesame 2
    ann< * MODE *
    bob< * MODE *
    eve> JOIN #dev
    eve< :chat.test 475 eve #dev :#dev has a key, and this is not it
    eve> JOIN #dev sesame
    eve< :chat.test 471 eve #dev :#dev is full; try again when someone has left
    ann> MODE #dev -k+l * 3
    ann< :ann!* MODE #dev -k+l sesame 3
    bob< :ann!* MODE #dev -k+l sesame 3
    eve> JOIN #dev
    eve< :eve!* JOIN #dev
    eve< * 353 *
    eve< * 366 *
    ann< * JOIN *
    bob< * JOIN *
  `,
);

// "If this mode is set on a channel, only users who have channel privileges may send messages to that channel." "If this
// mode is enabled, users MUST be joined to the channel in order to send private messages and notices to the channel."
rule(
  "moderated, members-only and mutes decide who may speak",
  `
    ${ROOM}
    eve: irc
    eve> PRIVMSG #dev :hi
    eve< :chat.test 404 eve #dev :*
    ann> MODE #dev -n+m
    ann< * MODE *
    bob< * MODE *
    eve> PRIVMSG #dev :hi
    eve< :chat.test 404 eve #dev :*
    bob> PRIVMSG #dev :hi
    bob< :chat.test 404 bob #dev :*
    bob> NOTICE #dev :hi
    bob|
    ann> MODE #dev -m+vC bob
    ann< * MODE #dev -m+vC bob
    bob< * MODE *
    eve> PRIVMSG #dev :from outside
    ann< :eve!* PRIVMSG #dev :from outside
    bob< :eve!* PRIVMSG #dev :from outside
    bob> PRIVMSG #dev :\\x01VERSION\\x01
    bob< :chat.test 404 bob #dev :*
    bob> PRIVMSG #dev :\\x01ACTION waves\\x01
    ann< :bob!* PRIVMSG #dev :\\x01ACTION waves\\x01
  `,
);

/** A reference model of a room's modes in twenty lines: flags, a key, a limit, ranks and lists. */
class Model {
  readonly on = new Set<string>();
  key: string | undefined;
  limit: string | undefined;

  /** Applies a MODE line as a member of the room gets it: `+ov-k ann bob key`. */
  take(line: string): void {
    const [letters = "", ...params] = line.split(" ");
    let sign = "+";
    for (const letter of letters) {
      if (letter === "+" || letter === "-") sign = letter;
      else if (letter === "k") this.#setKey(sign === "+", params.shift());
      else if (letter === "l") this.limit = sign === "+" ? params.shift() : undefined;
      else {
        const what = "ovbeI".includes(letter) ? `${letter} ${params.shift()}` : letter;
        if (sign === "+") this.on.add(what);
        else this.on.delete(what);
      }
    }
  }

  #setKey(on: boolean, key: string | undefined): void {
    this.key = on ? key : undefined;
  }

  /** The parameters of RPL_CHANNELMODEIS. */
  get shown(): string {
    const flags = [..."Cimnst"].filter((flag) => this.on.has(flag)).join("");
    const params = [this.key, this.limit].filter((param) => param !== undefined);
    return [`+${flags}${this.key ? "k" : ""}${this.limit ? "l" : ""}`, ...params].join(" ");
  }
}

describe("MODE", () => {
  const letter = fc.constantFrom(..."+-CimnstovbeIkl");
  const param = fc.constantFrom("ann", "bob", "x!*@*", "*!y@*", "7", "sesame");

  test("the MODE lines sent add up to the room's modes, whatever was requested", async () => {
    await using chat = startChat();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(letter, { minLength: 1, maxLength: 8 }), fc.array(param, { maxLength: 6 })), {
          maxLength: 8,
        }),
        async (script) => {
          const wire = await entered(chat.port, "ann");
          const other = await entered(chat.port, "bob");
          const model = new Model();
          for (const start of ["+nt", "+o ann"]) model.take(start);
          for (const [letters, params] of script) wire.send(`MODE #dev ${[letters.join(""), ...params].join(" ")}\r\n`);
          wire.send("MODE #dev\r\nMODE #dev b\r\nMODE #dev e\r\nMODE #dev I\r\nNAMES #dev\r\nPING done\r\n");
          const lines = await wire.until(/ PONG /);
          for (const line of lines) if (line.includes(" MODE #dev ")) model.take(line.split(" MODE #dev ")[1] ?? "");
          const shown = lines.findLast((line) => line.includes(" 324 "));
          expect(shown).toEndWith(` 324 ann #dev ${model.shown}`);
          const entries = (code: string) =>
            lines.filter((line) => line.includes(` ${code} `)).slice(-count(model, code));
          for (const [list, code] of LIST_CODES)
            for (const line of count(model, code) > 0 ? entries(code) : [])
              expect(model.on).toContain(`${list} ${line.split(" ")[4]}`);
          const names =
            lines
              .findLast((line) => line.includes(" 353 "))
              ?.split(":")
              .pop() ?? "";
          for (const nick of ["ann", "bob"]) {
            const sign = model.on.has(`o ${nick}`) ? "@" : model.on.has(`v ${nick}`) ? "+" : "";
            expect(names.split(" ")).toContain(sign + nick);
          }
          other.send("PING done\r\n");
          const heard = (await other.until(/ PONG /)).filter((line) => line.includes(" MODE #dev "));
          expect(heard).toEqual(lines.filter((line) => line.includes(" MODE #dev ")));
          for (const each of [wire, other]) each.send("QUIT\r\n");
          await Promise.all([wire.closed(), other.closed()]);
        },
      ),
      { numRuns: 40 },
    );
  });
});

const LIST_CODES = [
  ["b", "367"],
  ["e", "348"],
  ["I", "346"],
] as const;

function count(model: Model, code: string): number {
  const list = LIST_CODES.find(([, its]) => its === code)?.[0];
  return [...model.on].filter((what) => what.startsWith(`${list} `)).length;
}

async function entered(port: number, nick: string): Promise<WireClient> {
  const wire = await WireClient.open(port);
  wire.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nJOIN #dev\r\n`);
  await wire.until(/ 366 /);
  return wire;
}

// "If <target> is a nickname that does not exist on the network, the ERR_NOSUCHNICK numeric is returned. If <target> is a
// different nick than the user who sent the command, the ERR_USERSDONTMATCH numeric is returned." "The server MUST apply
// the modes that are implemented, and then send the ERR_UMODEUNKNOWNFLAG in reply along with the MODE message."
rule(
  "a user can see and change its own modes only",
  `
    ann: irc
    bob: irc
    ann> MODE ann
    ann< :chat.test 221 ann +
    ann> MODE ANN +iwZ-B
    ann< :ann!~ann@* MODE ann +iw
    ann< :chat.test 501 ann :Unknown MODE flag
    ann> MODE ann
    ann< :chat.test 221 ann +iw
    ann> MODE ann +i-w
    ann< :ann!~ann@* MODE ann -w
    ann> MODE ann +o
    ann|
    ann> MODE bob
    ann< :chat.test 502 ann :*
    ann> MODE nobody +i
    ann< :chat.test 401 ann nobody :*
    bob|
  `,
);

// "+R: only registered users may send you private messages" is how networks call it; no specification has it.
rule(
  "a user with +R gets direct messages from accounts only",
  `
    ann: irc message-tags
    bob: irc message-tags
    ann> MODE ann +R
    ann< * MODE ann +R
    bob> PRIVMSG ann :hello
    bob< :chat.test 531 bob ann :Not said: ann takes direct messages from accounts only; REGISTER makes your nick one
    bob> @+typing=active TAGMSG ann
    bob< :chat.test 531 bob ann :*
    bob> NOTICE ann :hello
    ann> PRIVMSG bob :hi
    bob< * PRIVMSG bob :hi
    nic: nc
    nic> /msg ann hello
    nic< -- Not said: ann takes direct messages from accounts only; /register makes your nick one.
    bob> REGISTER * * sesame88
    bob~ 900
    bob> PRIVMSG ann :hello
    ann< * PRIVMSG ann :hello
    ann> MODE ann -R
    ann< * MODE ann -R
    nic> /msg ann hello
    nic~ hello
    ann< * PRIVMSG ann :hello
  `,
);

rule(
  "the configuration sets the user modes of newcomers, who can change them",
  `
    ann: raw
    ann> NICK ann
    ann> USER ann 0 * :Ann
    ann~ 422
    ann< :ann!~ann@* MODE ann +Ri
    ann> MODE ann -i
    ann< :ann!~ann@* MODE ann -i
    ann> MODE ann
    ann< :chat.test 221 ann +R
  `,
  { userModes: ["accounts-only", "invisible"] },
);
