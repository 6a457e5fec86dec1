import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/**
 * Measures how the source tree reads: files, their median length, short files, files with one user, the largest
 * folder listing, and circles of run-time imports. `bun bench/tree.ts [ROOT]` prints the figures of a checkout.
 */

/** One `import … from` or `export … from`; type-only imports are gone at run time. */
const STATEMENT =
  /^(?:import|export)\s+(?:(type\s+)?(?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)?\s*from\s*)?"([^"]+)"/gm;

/** A file of `src`: its lines, and the files of `src` that it imports, with `true` for an import at run time. */
export interface SourceFile {
  readonly path: string;
  readonly lines: number;
  readonly imports: ReadonlyMap<string, boolean>;
}

/** The figures of a tree. */
export interface TreeFigures {
  readonly files: number;
  readonly lines: number;
  readonly medianLines: number;
  /** Files under 40 lines. */
  readonly short: number;
  /** Files over 400 lines. */
  readonly long: number;
  /** Files that exactly one other file imports. */
  readonly usedByOne: number;
  /** The folder with the most entries (files and folders), and how many it has. */
  readonly largestListing: readonly [folder: string, entries: number];
  /** Groups of files that import each other at run time, directly or around. */
  readonly circles: readonly (readonly string[])[];
  /** Groups of folders (first level) that import each other, types included. */
  readonly folderCircles: readonly (readonly string[])[];
}

/** The files of `ROOT/src`, by path. */
export function sourceFiles(root: string): readonly SourceFile[] {
  const src = join(root, "src");
  const paths = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  return paths.sort().map((path) => {
    const text = readFileSync(join(src, path), "utf8");
    const imports = new Map<string, boolean>();
    for (const [, type, from = ""] of text.matchAll(STATEMENT)) {
      if (!from.startsWith(".")) continue;
      const target = relative(src, join(src, dirname(path), from));
      imports.set(target, type === undefined || imports.get(target) === true);
    }
    return { path, lines: text.split("\n").length - 1, imports };
  });
}

/** The figures of these files. */
export function treeFigures(files: readonly SourceFile[]): TreeFigures {
  const lines = files.map((file) => file.lines).sort((a, b) => a - b);
  const users = new Map<string, number>();
  for (const { imports } of files) for (const to of imports.keys()) users.set(to, (users.get(to) ?? 0) + 1);
  const listings = new Map<string, Set<string>>();
  for (const { path } of files) {
    const parts = path.split("/");
    for (const [depth, name] of parts.entries()) {
      const folder = parts.slice(0, depth).join("/");
      listings.set(folder, (listings.get(folder) ?? new Set()).add(name));
    }
  }
  const largest = [...listings].sort(([, a], [, b]) => b.size - a.size)[0] ?? ["", new Set()];
  const folders = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    for (const to of imports.keys()) {
      if (topOf(to) === topOf(path)) continue;
      folders.set(topOf(path), (folders.get(topOf(path)) ?? new Set()).add(topOf(to)));
    }
  }
  const atRunTime = new Map(
    files.map(({ path, imports }) => [path, [...imports.keys()].filter((to) => imports.get(to))]),
  );
  return {
    files: files.length,
    lines: lines.reduce((sum, count) => sum + count, 0),
    medianLines: lines[Math.floor(lines.length / 2)] ?? 0,
    short: lines.filter((count) => count < 40).length,
    long: lines.filter((count) => count > 400).length,
    usedByOne: files.filter(({ path }) => users.get(path) === 1).length,
    largestListing: [`src/${largest[0]}`, largest[1].size],
    circles: circlesIn(atRunTime),
    folderCircles: circlesIn(new Map([...folders].map(([from, to]) => [from, [...to]]))),
  };
}

function topOf(path: string): string {
  return path.split("/")[0] ?? "";
}

/** The strongly connected groups of more than one node (Tarjan). */
export function circlesIn(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (at: string): number => {
    const mine = order.size;
    order.set(at, mine);
    low.set(at, mine);
    stack.push(at);
    for (const next of edges.get(at) ?? []) {
      if (!order.has(next)) low.set(at, Math.min(low.get(at) ?? mine, visit(next)));
      else if (stack.includes(next)) low.set(at, Math.min(low.get(at) ?? mine, order.get(next) ?? mine));
    }
    const lowest = low.get(at) ?? mine;
    if (lowest === mine) {
      const circle = stack.splice(stack.indexOf(at));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return lowest;
  };
  for (const at of edges.keys()) if (!order.has(at)) visit(at);
  return circles;
}

if (import.meta.main) {
  const figures = treeFigures(sourceFiles(process.argv[2] ?? join(import.meta.dir, "..")));
  console.log(`files ${figures.files}, lines ${figures.lines}, median ${figures.medianLines}`);
  console.log(`under 40 lines ${figures.short}, over 400 ${figures.long}, used by one other file ${figures.usedByOne}`);
  console.log(`largest listing ${figures.largestListing.join(" ")}`);
  console.log(`run-time circles ${figures.circles.length}, circles of folders ${figures.folderCircles.length}`);
  for (const circle of [...figures.circles, ...figures.folderCircles]) console.log(`  ${circle.join(" ")}`);
}
