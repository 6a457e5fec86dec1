import type { ChatEvent } from "../../chat/model/event.ts";
import { encode } from "../../text/bytes.ts";
import { CAP } from "../capabilities.ts";
import { render } from "./render.ts";

const NOTHING = new Uint8Array(0);

/**
 * The bytes of the event that is being told, once per form: so an event that goes to a thousand sessions one by one is
 * rendered once, and not a thousand times. Only the latest event is kept.
 */
export class Memo {
  readonly #msgid: (seq: number) => string;
  readonly #server: string;
  #event: ChatEvent | undefined;
  readonly #bytes = new Map<number, Uint8Array>();

  /** `server` is the name by which the server speaks. */
  constructor(msgid: (seq: number) => string, server: string) {
    this.#msgid = msgid;
    this.#server = server;
  }

  /** The event as those with this form see it; empty where they see nothing. */
  bytes(event: ChatEvent, form: number): Uint8Array {
    if (event !== this.#event) {
      this.#event = event;
      this.#bytes.clear();
    }
    const known = this.#bytes.get(form);
    if (known) return known;
    const text = this.text(event, form);
    const bytes = text === "" ? NOTHING : encode(text);
    this.#bytes.set(form, bytes);
    return bytes;
  }

  text(event: ChatEvent, form: number): string {
    return render(event, form, form & CAP.messageTags ? this.#msgid(event.seq) : "", this.#server);
  }
}
