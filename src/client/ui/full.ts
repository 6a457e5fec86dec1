import { note, step } from "../model/state.ts";
import { Conversation } from "../run/conversation.ts";
import type { Surroundings } from "../run/process.ts";
import type { Drafts } from "./drafts.ts";
import { FullScreen } from "./fullscreen.ts";
import { Output } from "./output.ts";
import type { Theme } from "./theme.ts";
import type { Beginning, Ending } from "./ui.ts";

/** How the full screen looks and behaves. */
export interface Looks {
  readonly theme: Theme;
  readonly mouse: boolean;
  readonly notifications: boolean;
  readonly drafts: Drafts;
}

/** The client on a whole terminal, until it ends; then the terminal is as it was. */
export async function runFull(beginning: Beginning, looks: Looks, around: Surroundings): Promise<Ending> {
  const output = new Output(around.stdout);
  const screen = new FullScreen({ around, output, ...looks });
  const conversation = new Conversation(beginning, screen);
  const { promise: broken, resolve: breakOff } = Promise.withResolvers<Ending>();
  output.onGone = () => conversation.quit("");
  const removers = [
    ...(["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) => around.onSignal(name, () => conversation.quit(""))),
    around.onBug((error) => {
      conversation.quit("");
      breakOff({ code: 1, words: bugWords(error) });
    }),
  ];
  screen.attach(conversation);
  if (beginning.keep !== undefined) {
    beginning.keep.onTrouble = (words) => conversation.change((model, now) => step(model, note("trouble", now, words)));
  }
  conversation.start();
  const ending = await Promise.race([broken, conversation.ended]);
  screen.close();
  for (const remove of removers) remove();
  await output.flushed();
  return output.judged(ending);
}

function bugWords(error: unknown): readonly string[] {
  return [`the client failed, which is a bug: ${error instanceof Error ? (error.stack ?? error.message) : error}`];
}
