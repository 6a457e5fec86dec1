import { expect, test } from "bun:test";
import { nowhere, Program } from "../../support/binary.ts";
import { play } from "../../support/transcript.ts";

test("the compiled binary searches in its worker, also messages from before its start", async () => {
  const data = nowhere();
  const script = `
    ann: nc
    ann> the deployment is done
    ann~ done
    ann> /search deploy
    ann< [*] #lobby <ann> the deployment is done
    ann< -- That was found with deploy in it, the latest first.
  `;
  {
    await using server = await Program.server(["--data", data]);
    await play(server.port, script);
    server.process.kill("SIGTERM");
    expect(await server.exit()).toBe(0);
  }
  await using server = await Program.server(["--data", data]);
  await play(
    server.port,
    `
    bob: nc
    bob> /search "deployment is"
    bob< [*] #lobby <ann> the deployment is done
    bob< -- That was found with "deployment is" in it, the latest first.
    eve: irc batch draft/chathistory
    eve> JOIN #lobby
    eve~ 366
    bob~ eve joined
    eve> SEARCH text=deploy;in=#lobby;from=ann;before=2100-01-01T00:00:00Z
    eve< * BATCH +* soju.im/search
    eve< * PRIVMSG #lobby :the deployment is done
    eve< * BATCH -*
    `,
  );
});
