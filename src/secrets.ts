import type { RepoPath } from "./domain.ts";

/** Whether values of the environment may stand in a file: its text is never copied, and only lines of ours are shown. Examples are not. */
export function isSecretFile(file: RepoPath): boolean {
  const name = file.slice(file.lastIndexOf("/") + 1);
  return /^\.(?:env|dev\.vars)(?:\.[\w.-]+)?$|^[\w-]*\.env$/.test(name) && !/example|sample|template|dist$|defaults?$/.test(name);
}
