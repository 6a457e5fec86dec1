/** A curve: a name and points; x and y are greater than 0. */
export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A chart of curves over a logarithmic x axis; y begins at 0. */
export interface Chart {
  readonly title: string;
  /** The labels of the axes, with units. */
  readonly x: string;
  readonly y: string;
  readonly curves: readonly Curve[];
}

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 150; // the names of the curves
const TOP = 40;
const BOTTOM = 52;
const COLORS = ["#2f81f7", "#db6d28", "#3fb950", "#a371f7"]; // readable on white and on black
const INK = "#818b98"; // readable on both, too

/** Draws the chart as SVG without a background: it is readable on light and on dark pages. */
export function svgOf({ title, x, y, curves }: Chart): string {
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) throw new Error(`There is nothing to draw in "${title}".`);
  const [least, most] = decades(points.map(([value]) => value));
  const step = stepOf(Math.max(...points.map(([, value]) => value)));
  const top = Math.ceil(Math.max(...points.map(([, value]) => value)) / step) * step;
  const right = WIDTH - RIGHT;
  const bottom = HEIGHT - BOTTOM;
  const atX = (value: number) => LEFT + ((Math.log10(value) - least) / (most - least)) * (right - LEFT);
  const atY = (value: number) => bottom - (value / top) * (bottom - TOP);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title>${Bun.escapeHTML(title)}</title>`,
    text(LEFT, 20, title, 'font-weight="bold" font-size="14"'),
    text((LEFT + right) / 2, HEIGHT - 10, x, 'text-anchor="middle"'),
    text(0, 0, y, `text-anchor="middle" transform="translate(14 ${(TOP + bottom) / 2}) rotate(-90)"`),
  ];
  for (let power = least; power <= most; power++) {
    const at = atX(10 ** power);
    parts.push(
      line(at, TOP, at, bottom),
      text(at, bottom + 18, (10 ** power).toLocaleString("en"), 'text-anchor="middle"'),
    );
  }
  for (let value = 0; value < top + step / 2; value += step) {
    const at = atY(value);
    parts.push(line(LEFT, at, right, at), text(LEFT - 6, at + 4, label(value), 'text-anchor="end"'));
  }
  const names = spread(curves.map(({ points: own }) => atY(own.at(-1)?.[1] ?? 0)));
  for (const [i, curve] of curves.entries()) {
    const color = COLORS[i % COLORS.length] ?? INK;
    const places = curve.points.map(([px, py]) => [round(atX(px)), round(atY(py))] as const);
    parts.push(
      `<polyline points="${places.map((place) => place.join(",")).join(" ")}" fill="none" stroke="${color}" stroke-width="2"/>`,
    );
    for (const [cx, cy] of places) parts.push(`<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`);
    parts.push(text((places.at(-1)?.[0] ?? right) + 8, (names[i] ?? 0) + 4, curve.name, `fill="${color}"`));
  }
  return `${parts.join("\n")}\n</svg>\n`;
}

/** The powers of ten around the values; at least two. */
function decades(values: readonly number[]): readonly [number, number] {
  const least = Math.floor(Math.log10(Math.min(...values)));
  const most = Math.ceil(Math.log10(Math.max(...values)));
  return [least, Math.max(most, least + 1)];
}

/** A round distance between grid lines, for three to eight lines. */
function stepOf(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  const first = most / power;
  if (first < 1.5) return power / 4;
  if (first < 3.5) return power / 2;
  return power;
}

/** Moves the heights of overlapping names apart: upwards, since the axis is below. */
function spread(heights: readonly number[]): readonly number[] {
  const order = heights.map((height, i) => ({ height, i })).sort((a, b) => b.height - a.height);
  const moved = [...heights];
  let last = Number.POSITIVE_INFINITY;
  for (const { height, i } of order) {
    last = Math.min(height, last - 15);
    moved[i] = last;
  }
  return moved;
}

function label(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function line(x1: number, y1: number, x2: number, y2: number): string {
  const [a, b, c, d] = [x1, y1, x2, y2].map(round);
  return `<path d="M${a} ${b}L${c} ${d}" stroke="${INK}" stroke-opacity=".3"/>`;
}

function text(x: number, y: number, words: string, attributes = ""): string {
  return `<text x="${round(x)}" y="${round(y)}" ${attributes}>${Bun.escapeHTML(words)}</text>`;
}
