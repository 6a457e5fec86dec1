/** "Interpret as command": what every telnet sequence begins with (RFC 854). */
export const IAC = 0xff;
const SB = 0xfa;
const SE = 0xf0;
const WILL = 0xfb; // WILL, WONT, DO and DONT are followed by an option
const DONT = 0xfe;

const CR = 13;
const LF = 10;

/**
 * Takes telnet's sequences out of what a person sends, wherever packets were cut. They are swallowed, not answered. CR
 * NUL, which is how telnet sends a CR alone (RFC 854), becomes CR LF.
 */
export class TelnetFilter {
  #afterCr = false;
  #state: "text" | "command" | "option" | "negotiation" | "negotiation-end" = "text";

  filter(bytes: Uint8Array): Uint8Array {
    const hasNone = this.#state === "text" && !bytes.includes(IAC) && !bytes.includes(0);
    if (hasNone) {
      this.#afterCr = bytes.at(-1) === CR;
      return bytes;
    }
    const text = new Uint8Array(bytes.length);
    let length = 0;
    // Not for…of: a typed array's iterator takes ten times as long.
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (this.#state === "text" && byte !== IAC) {
        text[length++] = byte === 0 && this.#afterCr ? LF : byte;
        this.#afterCr = byte === CR;
      } else this.#step(byte);
    }
    return text.subarray(0, length);
  }

  #step(byte: number): void {
    switch (this.#state) {
      case "text":
        this.#state = "command";
        return;
      case "command":
        this.#state = byte === SB ? "negotiation" : byte >= WILL && byte <= DONT ? "option" : "text";
        return;
      case "option":
        this.#state = "text";
        return;
      case "negotiation":
        if (byte === IAC) this.#state = "negotiation-end";
        return;
      case "negotiation-end":
        this.#state = byte === SE ? "text" : "negotiation";
        return;
      default:
        this.#state satisfies never;
    }
  }
}
