import { describe, test } from "bun:test";
import { startChat } from "../../support/chat-server.ts";
import { WireClient } from "../../support/socket.ts";
import { play, rule } from "../../support/transcript.ts";

const OPERATORS = { operators: [{ name: "root", password: "sesame" }] };

// "If the client does not send the correct password for the given name, the server replies with an ERR_PASSWDMISMATCH
// message and the request is not successful. […] If the supplied name and password are both correct […], the RPL_YOUREOPER
// message is sent to the user. The user will also receive a MODE message indicating their new user modes." (OPER)
rule(
  "OPER with the right name and password makes a server operator",
  `
    ann: irc
    ann> OPER root
    ann< :chat.test 461 ann OPER :Not enough parameters
    ann> OPER root wrong
    ann< :chat.test 464 ann :Password incorrect
    ann> OPER nobody sesame
    ann< :chat.test 464 ann :Password incorrect
    ann> OPER root sesame
    ann< :chat.test 381 ann :You are now an IRC operator
    ann< :ann!* MODE ann +o
    ann> MODE ann
    ann< :chat.test 221 ann +o
    ann> MODE ann -o
    ann< :ann!* MODE ann -o
    ann> KILL ann :x
    ann< :chat.test 481 ann :*
  `,
  OPERATORS,
);

test("a hashed password is checked while the client's next line waits, and the label stays with its command", async () => {
  const password = await Bun.password.hash("sesame", { algorithm: "argon2id", memoryCost: 1024, timeCost: 1 });
  await using chat = startChat({ operators: [{ name: "root", password }] });
  await play(
    chat.port,
    `
    ann: irc labeled-response batch
    ann> @label=a OPER root wrong
    ann> @label=b OPER root sesame
    ann> @label=c PING x
    ann< @label=a :chat.test 464 ann :Password incorrect
    ann< @label=b :chat.test BATCH +* labeled-response
    ann< @batch=* :chat.test 381 *
    ann< @batch=* :ann!* MODE ann +o
    ann< :chat.test BATCH -*
    ann< @label=c :chat.test PONG chat.test x
    bob: irc
    bob> OPER root sesame
    bob> QUIT
    bob< * 381 *
    bob< * MODE *
    bob< ERROR *
    bob.
  `,
  );
});

// "the client being killed receives the KILL message, and the <source> of the message SHOULD be the operator who performed
// the command. The user being killed and every user sharing a channel with them receives a QUIT message […] "Killed
// (<killer> (<reason>))" […]. The user being killed then receives the ERROR message". (Modern IRC, KILL)
rule(
  "KILL disconnects someone, and everyone in the same rooms sees it",
  `
    ann: irc
    bob: irc
    eve: irc
    nan: nc
    bob> JOIN #dev
    bob< * JOIN #dev
    bob< * 353 *
    bob< * 366 *
    eve> JOIN #dev
    eve< * JOIN #dev
    eve< * 353 *
    eve< * 366 *
    bob< * JOIN #dev
    ann> KILL bob :spam
    ann< :chat.test 481 ann :Only an operator of this server may do that
    ann> OPER root sesame
    ann< * 381 *
    ann< * MODE *
    ann> KILL
    ann< :chat.test 461 ann KILL :*
    ann> KILL nobody :spam
    ann< :chat.test 401 ann nobody :*
    ann> KILL chat.test :spam
    ann< :chat.test 483 ann :*
    ann> KILL bob :spam
    bob< :ann!~ann@* KILL bob :spam
    bob< :bob!~bob@* QUIT :Killed (ann (spam))
    bob< ERROR :Closing Link: chat.test (Killed (ann (spam)))
    bob.
    eve< :bob!~bob@* QUIT :Killed (ann (spam))
    ann> KILL nan :spam
    nan< -- You were put out of the chat by ann, an operator of this server: spam
    nan.
    cat: irc
    cat> JOIN #dev
    cat~ 366
    eve~ JOIN
    ann> KILL cat
    cat< :ann!~ann@* KILL cat :
    cat< :cat!* QUIT :Killed (ann)
    cat< ERROR :Closing Link: chat.test (Killed (ann))
    cat.
    eve< :cat!* QUIT :Killed (ann)
    ann> KILL ann :enough
    ann< :ann!* KILL ann :enough
    ann< :ann!* QUIT :Killed (ann (enough))
    ann< ERROR :*
    ann.
  `,
  OPERATORS,
);

// "The WALLOPS command is used to send a message to all currently connected users who have set the 'w' user mode."
rule(
  "WALLOPS reaches everyone with +w",
  `
    ann: irc
    bob: irc
    eve: irc
    bob> MODE bob +w
    bob< * MODE *
    bob> WALLOPS :hi
    bob< :chat.test 481 bob :*
    ann> OPER root sesame
    ann< * 381 *
    ann< * MODE *
    ann> WALLOPS
    ann< :chat.test 461 ann WALLOPS :*
    ann> WALLOPS :hear, hear
    bob< :ann!* WALLOPS :hear, hear
    eve|
    ann> MODE ann +w
    ann< * MODE *
    ann> WALLOPS :me too
    ann< :ann!* WALLOPS :me too
    bob< :ann!* WALLOPS :me too
  `,
  OPERATORS,
);

describe("after the configuration is read again", () => {
  const other = { name: "bob", password: "sesame" };
  const NO_MORE = "You are no operator of this server any more";

  test.each([
    ["is not there", [other], "its configuration does not name you now"],
    ["has another password", [{ name: "root", password: "x" }, other], "your operator password has changed"],
  ])("a server operator under a name that %s loses the mode, and is told", async (_, operators, why) => {
    await using chat = startChat({ operators: [{ name: "root", password: "sesame" }, other] });
    const wires = await Promise.all(
      ["ann", "bob"].map(async (nick) => {
        const wire = await WireClient.open(chat.port);
        wire.send(`NICK ${nick}\r\nUSER x 0 * :X\r\nOPER ${nick === "ann" ? "root" : nick} sesame\r\n`);
        await wire.until(new RegExp(`MODE ${nick} \\+o$`));
        return wire;
      }),
    );
    const nc = await WireClient.open(chat.port);
    nc.send("/oper root sesame\n");
    await nc.until(/You are an operator of this server/);
    chat.reload({ operators });
    const [ann, bob] = wires;
    await ann?.until(/^:ann!\S+ MODE ann -o$/);
    await ann?.until(new RegExp(`^:chat\\.test NOTICE ann :${NO_MORE}: ${why}`));
    await nc.until(new RegExp(`^-- ${NO_MORE}: ${why}`));
    ann?.send("WALLOPS :hi\r\n");
    await ann?.until(/ 481 ann /);
    bob?.send("KILL ann :out\r\n"); // keeps the rights
    await ann?.until(/KILL ann/);
  });

  test("a password check that ends afterwards gives no rights under a name that was removed", async () => {
    const password = await Bun.password.hash("sesame");
    await using chat = startChat({ operators: [{ name: "root", password }] });
    const ann = await WireClient.open(chat.port);
    ann.send("NICK ann\r\nUSER x 0 * :X\r\nPING begun\r\nOPER root sesame\r\n");
    await ann.until(/PONG \S+ begun$/);
    chat.reload({ operators: [] });
    await ann.until(/ 464 ann /);
  });
});

rule(
  "DROPROOM deletes a room, for server operators only",
  `
    root: irc
    root> OPER root sesame
    root~ MODE
    ann: irc draft/chathistory batch
    ann> JOIN #dev
    ann~ 366
    ann> PRIVMSG #dev :old
    ann> DROPROOM #dev
    ann< :chat.test 481 ann :*
    root> DROPROOM
    root< :chat.test 461 root DROPROOM :*
    root> DROPROOM #nothing
    root< :chat.test 403 root #nothing :*
    root> DROPROOM #lobby
    root< :chat.test FAIL DROPROOM CANNOT_DROP #lobby :#lobby belongs to the server, and cannot be dropped
    root> DROPROOM #dev :spam
    root< :chat.test NOTICE root :root dropped #dev, with what was said in it: spam
    ann< :root!* KICK #dev ann :The room is dropped: spam
    ann> JOIN #dev
    ann~ 366
    ann> CHATHISTORY LATEST #dev * 10
    ann< :chat.test BATCH +*
    ann< :chat.test BATCH -*
  `,
  OPERATORS,
);
