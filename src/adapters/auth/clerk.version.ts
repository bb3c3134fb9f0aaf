import type { App } from "../../source/app.ts";
import { isWithin, versionOf } from "../../source/versions.ts";

/** Packages of Clerk's server side, most telling first. */
export const CLERK = [
  "@clerk/nextjs", "@clerk/express", "@clerk/clerk-sdk-node", "@clerk/fastify", "@clerk/nuxt", "@clerk/remix", "@clerk/react-router", "@clerk/tanstack-react-start",
  "@clerk/astro", "@hono/clerk-auth", "@clerk/hono", "svelte-clerk", "vue-clerk", "h3-clerk", "@clerk/backend",
] as const;

/** Since when `verifyWebhook` of a package needs nothing beside itself; the first versions wanted `svix` installed. */
const VERIFIES: readonly (readonly [name: string, withSvix: string, alone: string])[] = [
  ["@clerk/nextjs", "6.13", "6.22"], ["@clerk/express", "1.4", "1.7"], ["@clerk/fastify", "2.2", "2.4"], ["@clerk/backend", "1.26", "2.0"],
];

/** The module from which `verifyWebhook` can be had, in the version that is installed. */
export function webhooksModule(app: App): string | undefined {
  for (const [name, withSvix, alone] of VERIFIES) {
    if (app.uses(name) === undefined) continue;
    const version = versionOf(app, name);
    if (isWithin(version, alone, undefined) || (app.uses("svix") !== undefined && isWithin(version, withSvix, undefined))) return `${name}/webhooks`;
  }
  return undefined;
}

/** Whether `auth()` gives a promise: since @clerk/nextjs 6. */
export const isAsyncAuth = (app: App): boolean => isWithin(versionOf(app, "@clerk/nextjs"), "6.0", undefined);
