import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Adapter, AuthAdapter, DatastoreAdapter, EnvAdapter, FrameworkAdapter, ProviderAdapter, ViewAdapter } from "./define.ts";

/** All adapters by kind and id. The folder is the registry: a file `providers/openai.ts` is the adapter `openai`. */
export interface Adapters {
  readonly frameworks: ReadonlyMap<string, FrameworkAdapter>;
  readonly auth: ReadonlyMap<string, AuthAdapter>;
  readonly datastores: ReadonlyMap<string, DatastoreAdapter>;
  readonly env: ReadonlyMap<string, EnvAdapter>;
  readonly providers: ReadonlyMap<string, ProviderAdapter>;
  readonly views: ReadonlyMap<string, ViewAdapter>;
}

/** Loads every adapter. Done once per run, when there is something to scan. */
export async function loadAdapters(): Promise<Adapters> {
  const [frameworks, auth, datastores, env, providers, views] = await Promise.all([
    load<FrameworkAdapter>("frameworks"), load<AuthAdapter>("auth"), load<DatastoreAdapter>("datastores"),
    load<EnvAdapter>("env"), load<ProviderAdapter>("providers"), load<ViewAdapter>("views"),
  ]);
  return { frameworks, auth, datastores, env, providers, views };
}

async function load<A extends Adapter>(kind: string): Promise<Map<string, A>> {
  const folder = new URL(`./${kind}/`, import.meta.url);
  // A file with a dot in its stem (`next.routes.ts`) is a part of an adapter, not one.
  const names = readdirSync(fileURLToPath(folder)).filter((name) => /^[\w-]+\.(?:ts|js)$/.test(name)).sort();
  const modules = await Promise.all(names.map(async (name) => [name.replace(/\.\w+$/, ""), ((await import(pathToFileURL(fileURLToPath(new URL(name, folder))).href)) as { default: A }).default] as const));
  return new Map(modules);
}
