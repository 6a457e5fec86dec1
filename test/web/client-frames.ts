/** Frames as a WebSocket client sends them (RFC 6455). */

/** A masked frame. `first`: its first byte; a last frame of this opcode if not given. */
export function frame(opcode: number, payload: string | Uint8Array, { first = 0x80 | opcode } = {}): Uint8Array {
  const bytes = Buffer.from(payload);
  const mask = [0x37, 0xfa, 0x21, 0x3d];
  const { length } = bytes;
  const size =
    length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 255] : [127, 0, 0, 0, 0, ...quad(length)];
  const [short = 0, ...rest] = size;
  return Uint8Array.from([
    first,
    0x80 | short,
    ...rest,
    ...mask,
    ...bytes.map((byte, at) => byte ^ (mask[at & 3] ?? 0)),
  ]);
}

function quad(length: number): readonly number[] {
  return [24, 16, 8, 0].map((by) => (length >> by) & 255);
}

/** One message in fragments. */
export function parts(opcode: number, ...payloads: readonly (string | Uint8Array)[]): readonly Uint8Array[] {
  return payloads.map((payload, at) => {
    const kind = at === 0 ? opcode : 0;
    return frame(kind, payload, { first: at === payloads.length - 1 ? 0x80 | kind : kind });
  });
}
