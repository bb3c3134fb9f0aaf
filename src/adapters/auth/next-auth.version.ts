import type { App } from "../../source/app.ts";
import { versionOf } from "../../source/versions.ts";

/** Whether this is Auth.js 5 (or one of its siblings for other frameworks), not NextAuth 4. */
export function isFive(app: App): boolean {
  const declared = app.uses("next-auth");
  if (declared === undefined) return true;
  return /beta|next|experimental/.test(declared) || (versionOf(app, "next-auth")?.major ?? 4) >= 5;
}
