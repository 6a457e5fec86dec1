import { expect, test } from "bun:test";
import { Program } from "../../support/binary.ts";
import { compiledClients } from "../../support/client/compiled.ts";
import type { Screen } from "../../support/client/terminal.ts";
import { WireClient } from "../../support/socket.ts";
import { WEECHAT, WeeChat } from "../../support/weechat.ts";

const { folder, open } = compiledClients();

/** Resolves when the list shows these numbers of unread messages; "" is none. */
function shows(screen: Screen, counts: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const count = (rows: readonly string[], place: string) =>
    rows.map((row) => new RegExp(`^ *\\d+ ${place} +(\\S*)│`).exec(row)?.[1]).find((each) => each !== undefined);
  return screen.until((rows) => Object.entries(counts).every(([place, number]) => count(rows, place) === number));
}

test.if(WEECHAT !== null)(
  "two devices and WeeChat have the rooms of one account: counts, markers, after each and the server were killed",
  async () => {
    const data = ["--data", folder()];
    let server = await Program.server(data);
    const { port } = server;
    const bob = await WireClient.open(port);
    bob.send("NICK bob\r\nUSER bob 0 * :b\r\nREGISTER * * secret\r\nJOIN #dev,#ops\r\n");
    await bob.until(/ 366 bob #ops/);
    const before = await WireClient.open(port);
    before.send("NICK ann\r\nUSER ann 0 * :a\r\nREGISTER * * secret\r\nJOIN #dev,#ops\r\n");
    await before.until(/ 366 ann #ops/);
    before.send("QUIT\r\n");
    await before.until(/ERROR/);
    bob.send("PRIVMSG #dev :one\r\nPRIVMSG #ops :two\r\nPRIVMSG #ops :three, ann\r\n");

    const homes = { desk: folder(), phone: folder() };
    const start = (home: string) =>
      open(port, ["--nick", "ann", "--account", "ann"], { home, env: { TCPCHAT_PASSWORD: "secret" } });
    let desk = await start(homes.desk);
    const phone = await start(homes.phone);
    for (const device of [desk, phone]) await shows(device, { "#dev": "", "#ops": "2!" });
    using weechat = new WeeChat(folder(), port, {
      nick: "ann",
      options: "-sasl_username=ann -sasl_password=secret",
      usr1: "/msg -server chat #dev said by WeeChat",
      usr2: "/quote -server chat MARKREAD #ops timestamp=2100-01-01T00:00:00.000Z",
    });
    // It joins the member that its account has.
    for (const room of ["#dev", "#ops"]) await weechat.sees(room, ") has joined");

    bob.send("PRIVMSG #dev :four\r\nPRIVMSG #ops :five\r\nPRIVMSG ann :psst\r\n");
    for (const device of [desk, phone]) await shows(device, { "#dev": "", "#ops": "3!", bob: "1!" });
    await weechat.sees("#dev", "\tfour");
    await weechat.sees("#ops", "\tfive");
    await weechat.sees("bob", "\tpsst");
    weechat.program.kill("SIGUSR1");
    for (const device of [desk, phone]) await device.sees("ann │ said by WeeChat");
    await weechat.sees("#dev", "\tsaid by WeeChat");
    weechat.program.kill("SIGUSR2");
    for (const device of [desk, phone]) await shows(device, { "#dev": "", "#ops": "", bob: "1!" });

    await desk.killed();
    bob.send("PRIVMSG #ops :six\r\n");
    await shows(phone, { "#dev": "", "#ops": "1", bob: "1!" });
    desk = await start(homes.desk);
    await shows(desk, { "#dev": "", "#ops": "1", bob: "1!" });

    await weechat.sees("#ops", "\tsix");
    for (const text of ["two", "three, ann", "five", "six"])
      expect([text, weechat.count("#ops", `\t${text}\n`)]).toEqual([text, 1]);

    server.process.kill("SIGKILL");
    await server.process.exited;
    server = await Program.server([...data, "--port", String(port)]);
    await using _ = server;
    const eve = await WireClient.open(port);
    eve.send("NICK eve\r\nUSER eve 0 * :e\r\nJOIN #ops\r\n");
    await eve.until(/ 366 eve #ops/);
    for (const device of [desk, phone]) await device.sees(" ann ✓ ");
    await weechat.sees("#ops", ") has joined", 2);
    eve.send("PRIVMSG #ops :seven\r\n");
    for (const device of [desk, phone]) await shows(device, { "#dev": "", "#ops": "2", bob: "1!" });
    await weechat.sees("#ops", "\tseven");
    weechat.program.kill("SIGUSR2");
    for (const device of [desk, phone]) await shows(device, { "#dev": "", "#ops": "", bob: "1!" });
    expect(weechat.count("#ops", "\tseven\n")).toBe(1);
    for (const wire of [bob, eve]) wire.close();
  },
);
