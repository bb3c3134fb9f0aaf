import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { cli } from "../../cli/cli.ts";
import type { Point } from "../../runtime/proof/point.ts";
import { pointsOf } from "../../runtime/proof/points.ts";
import type { WiredApp } from "../../runtime/proof/wire.ts";
import { closeWorld, freshen, openWorld, type World } from "../../runtime/proof/world.ts";
import type { StubProviders } from "../../runtime/stub-providers.ts";
import type { Mutant, Source } from "./operator.ts";

/** What noticed a mutant: `--check`, the app that does not start, or a point of the proof; nothing for a survivor. */
export interface Catch {
  readonly by: "check" | "start" | "proof";
  /** The gap, or the title of the point, with how it failed. */
  readonly what: string;
}

const APART = /^(?:node_modules|\.next|\.data|\.credyt|generated|prisma-client|drizzle|migrations)$/;

/** The source files of a wired app, in order. */
export function sourcesOf(dir: string, below = ""): Source[] {
  return readdirSync(path.join(dir, below), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry): Source[] => {
    const file = path.posix.join(below, entry.name);
    if (entry.isDirectory()) return APART.test(entry.name) ? [] : sourcesOf(dir, file);
    return /\.(?:[jt]sx?|[cm]js)$/.test(entry.name) ? [{ file, text: readFileSync(path.join(dir, file), "utf8") }] : [];
  });
}

/** A wired app to be broken, and the world it runs in while that can be kept from one mutant to the next. */
export interface Bench {
  readonly wired: WiredApp;
  readonly stub: StubProviders;
  world?: World | undefined;
}

const LIMIT = 45_000;
const plain = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

/** What was expected, and the first line of what went with it. */
const inShort = (error: unknown): string => {
  const text = plain(String(error));
  return text.length < 200 ? text : `${text.slice(0, 80)} … ${text.slice(-100)}`;
};

/** How a point fails, in one line; nothing when it holds. */
async function failureOf({ title, prove }: Point, world: World): Promise<string | undefined> {
  const run = prove(world).then(() => undefined, inShort);
  const failed = await Promise.race([run, wait(LIMIT, `no end after ${LIMIT / 1000} s`, { ref: false })]);
  return failed === undefined ? undefined : `${title}: ${failed}`;
}

async function firstFailure(points: readonly Point[], world: World): Promise<string | undefined> {
  for (const point of points) {
    const failed = await failureOf(point, world);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

/** Whether an app still runs: a mutant may have ended it, and so may a look into a database that lives in its process. */
const answers = ({ app }: World): Promise<boolean> => fetch(app.url, { redirect: "manual", signal: AbortSignal.timeout(LIMIT) }).then(() => true, () => false);

/** A Next app compiles what has changed while it runs; an Express app is started anew. */
async function worldFor(bench: Bench): Promise<World> {
  const { wired, stub } = bench;
  if (bench.world !== undefined && wired.sample.framework === "next" && (await answers(bench.world))) {
    await wait(1_500);
    await freshen(bench.world);
    return bench.world;
  }
  await leave(bench);
  bench.world = await openWorld(wired, { stub });
  return bench.world;
}

/** Ends the world of a bench, if it has one. */
export async function leave(bench: Bench): Promise<void> {
  if (bench.world !== undefined) await closeWorld(bench.world);
  bench.world = undefined;
}

/** The points that an operator names, in its order. What is shown by the books of a whole run is not among them. */
function likely({ wired: { sample, billing } }: Bench, names: readonly string[]): readonly Point[] {
  const all = pointsOf(sample, billing, { long: true });
  return names.flatMap((name) => all.filter(({ title }) => title.includes(name)));
}

/** Breaks an app, and tells what notices it first: `--check`, the likeliest points, all points. The app is whole again afterwards. */
export async function prove(bench: Bench, { operator, file, before, after }: Mutant): Promise<Catch | undefined> {
  const at = path.join(bench.wired.dir, file);
  writeFileSync(at, after);
  try {
    const { status, stdout, stderr } = await cli(["--check", bench.wired.dir]);
    if (status !== 0) return { by: "check", what: plain((/✖[\s\S]*?(?=\n\n|$)/.exec(stdout)?.[0] ?? stdout) + stderr).slice(0, 160) };
    const world = await worldFor(bench);
    const seen = await firstFailure(likely(bench, operator.points), world);
    if (seen === undefined) return await byAll(bench);
    return { by: "proof", what: (await answers(world)) ? seen : `${seen} (the app has ended)` };
  } catch (error) {
    await leave(bench);
    return { by: "start", what: plain(String(error)).slice(0, 240) };
  } finally {
    writeFileSync(at, before);
    bench.world?.sandbox.faults.clear();
  }
}

/** All points, in a world of their own. */
export async function byAll(bench: Bench): Promise<Catch | undefined> {
  await leave(bench);
  const { sample, billing } = bench.wired;
  const failed = await firstFailure(pointsOf(sample, billing), await worldFor(bench));
  // The last point may have ended an app whose database lives in its process.
  await leave(bench);
  return failed === undefined ? undefined : { by: "proof", what: failed };
}
