import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { Point } from "./point.ts";
import { visit, type World } from "./world.ts";

/** Folders whose files a browser may ask for. */
const PUBLIC = ["public", path.join(".next", "static"), path.join(".next", "dev", "static")];

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

const holds = (text: string, { secrets }: World): boolean => secrets.some((secret) => text.includes(secret));

const unseen: Point = {
  title: "the key and the other secrets stand in nothing that the app sent, printed or offers to browsers",
  prove: async (world) => {
    const { app } = world;
    if (app.sample.framework === "express") await visit(world).request(world.wired.routes.balanceScript).then((response) => response.text());
    expect(world.heard.length).toBeGreaterThan(20);
    expect(world.heard.filter((text) => holds(text, world)).map((text) => text.slice(0, 300))).toEqual([]);
    expect(holds(app.logs(), world)).toBe(false);
    const files = PUBLIC.flatMap((folder) => filesOf(path.join(app.dir, folder)));
    if (app.sample.framework === "next") expect(files.filter((file) => file.endsWith(".js")).length).toBeGreaterThan(0);
    expect(files.filter((file) => holds(readFileSync(file, "latin1"), world))).toEqual([]);
    const named = files.filter((file) => /CREDYT_(?:API_KEY|WEBHOOK_SECRET)/.test(readFileSync(file, "latin1")));
    expect(named).toEqual([]);
  },
};

/** What is shown of secrets; goes after everything else has been used. */
export const secretPoints = (): readonly Point[] => [unseen];
