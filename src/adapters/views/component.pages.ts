import type { Page, RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { componentPlace } from "./component.place.ts";

const PAGES: readonly (readonly [Page["kind"], RegExp])[] = [
  ["billing", /^billing$/],
  ["settings", /^(?:settings?|preferences)$/],
  ["account", /^(?:accounts?|profile|my-?account|dashboard)$/],
];
const PARTS: readonly (readonly [Page["kind"], RegExp])[] = [
  ["sidebar", /^(?:app|the|main|dashboard)?-?(?:sidebar|side-?nav|side-?bar-?nav)$/],
  ["header", /^(?:app|the|site|main|page)?-?(?:header|nav-?bar|nav|navigation|top-?bar|user-?menu)$/],
];

/** Pages and headers among components with one ending, by their paths; only those in which a place for us is clear. */
export function componentPages(app: App, ending: RegExp, view: string): Page[] {
  return app.files(ending).flatMap((file): Page[] => {
    const own = app.dir === "" ? file : file.slice(app.dir.length + 1);
    const kind = kindOf(own.replace(ending, ""));
    const place = kind && componentPlace(file, app.repo.text(file) ?? "");
    if (!kind || !place) return [];
    const evidence = app.atOffset(file, place.anchor.start);
    const url = urlOf(own.replace(ending, ""));
    return [{ kind, file, line: evidence.line, view, evidence: [evidence], ...(url !== undefined && { url }) }];
  });
}

/** What a component is by its path without its ending: pages by their folders, headers by their names. */
function kindOf(path: RepoPath): Page["kind"] | undefined {
  const steps = path.split("/").filter((part) => !/^\(.*\)$/.test(part));
  const name = kebab(steps.findLast((part) => !/^(?:\+page|index|page)$/.test(part)) ?? "");
  const isPage = /(?:^|\/)(?:pages|views|routes|screens)\//.test(path);
  if (/(?:^|\/)(?:ui|landing|marketing|emails?|node_modules)\//.test(path)) return undefined;
  return (isPage ? PAGES : PARTS).find(([, pattern]) => pattern.test(name))?.[0];
}

const kebab = (name: string): string => name.replace(/([a-z\d])([A-Z])/g, "$1-$2").toLowerCase();

/** The address of a page: of `src/routes/(app)/settings/+page` and `pages/settings/index` it is `/settings`. */
function urlOf(path: RepoPath): string | undefined {
  const route = /(?:^|\/)(?:pages|routes)\/(.*)$/.exec(path)?.[1];
  if (route === undefined || /[[:]/.test(route)) return undefined;
  return `/${route.split("/").filter((part) => !/^\(.*\)$|^\+page$|^index$/.test(part)).join("/")}`;
}
