import { currentRoom } from "./commands.ts";
import { Conversation } from "./conversation.ts";
import type { Ending } from "./face.ts";
import { InputLine } from "./inputline.ts";
import { Output } from "./output.ts";
import { type Place, placeName } from "./place.ts";
import { showRows } from "./show.ts";
import type { Identity } from "./state.ts";
import { hasColours, type Surroundings } from "./surroundings.ts";

/** The client on a terminal: what arrives is printed above the line being typed. */
export async function runLinear(place: Place, identity: Identity, around: Surroundings): Promise<Ending> {
  const output = new Output(around.stdout);
  const colour = hasColours(around);
  const input = new InputLine(around, output, {
    entered: (text) => (text.includes("\n") ? conversation.say(text) : conversation.submit(text)),
    ended: () => conversation.quit(""),
  });
  const conversation: Conversation = new Conversation(
    { place, identity, clock: around.clock, strict: false },
    {
      connected: () => {
        input.print(`Connected to ${placeName(place)}`);
        input.open();
      },
      show: (line) => {
        const style = { colour, current: currentRoom(conversation.model)?.name };
        for (const row of showRows(line, style)) input.print(row);
      },
      changed: () => (output.full ? conversation.pause() : undefined),
    },
  );
  output.onRoom = () => conversation.resume();
  output.onGone = () => conversation.quit("");
  const removers = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) =>
    around.onSignal(name, () => conversation.quit("")),
  );
  conversation.start();
  const ending = await conversation.ended;
  input.close();
  for (const remove of removers) remove();
  await output.flushed();
  return ending;
}
