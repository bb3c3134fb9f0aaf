// https://react.dev/reference/react-dom/components/form
import type { Code, Edit, Page, RepoPath, ViewSaying } from "../../domain.ts";
import { code, fromFile } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { defineView } from "../define.ts";
import { balanceComponent, portalForm } from "./react.parts.ts";
import { placeIn, type Place } from "./react.place.ts";

/** React in Next.js, Remix and server-rendered apps: pages by their paths, headers by their names, insertion points by their JSX. */
export default defineView({
  title: "React",
  packages: ["react"],
  pages: findPages,
  control: (app, page, portal) => written(app, page, true, (place) => ({ code: portalForm(app, page, place, portal) })),
  balance: (app, page, url, portal) => {
    const file = componentFile(app);
    const show = code`<${fromFile("CreditBalance", file)} />`;
    return written(app, page, false, () => ({ code: show, edits: app.repo.has(file) ? [] : [{ kind: "create", file, code: balanceComponent(app, url, portal) }] }));
  },
});

const KINDS: readonly (readonly [Page["kind"], RegExp])[] = [
  ["billing", /(?:^|\/)billing\/page\.[jt]sx$|(?:^|\/)pages\/(?:.*\/)?billing(?:\/index)?\.[jt]sx$/i],
  ["settings", /(?:^|\/)(?:settings?|preferences)(?:\/(?:general|index|page)?)*(?:\/page)?\.[jt]sx$|(?:^|\/)(?:user|profile|account)-?settings\.[jt]sx$|(?:^|\/)routes\/[\w.$+-]*settings[\w.$+-]*(?:\/route)?\.[jt]sx$/i],
  ["account", /(?:^|\/)(?:accounts?|profile|my-account|dashboard)\/(?:page|index)\.[jt]sx$|(?:^|\/)pages\/(?:.*\/)?(?:account|profile|dashboard)\.[jt]sx$|(?:^|\/)routes\/[\w.$+-]*(?:account|profile)[\w.$+-]*(?:\/route)?\.[jt]sx$/i],
  ["sidebar", /(?:^|\/)(?:app-?)?(?:sidebar|side-?nav|sidebar-user-nav|user-?(?:nav|menu|dropdown|account-?nav))\.[jt]sx$/i],
  ["header", /(?:^|\/)(?:site-?|app-?|main-?|dashboard-?|page-?)?(?:header|nav-?bar|top-?(?:bar|menu|nav)|nav|navigation)\.[jt]sx$/i],
];

/** Pages and headers of the app, in the order of their paths, the settings of one thing (`/rooms/[id]/settings`) last; parts of a component library are none. */
function findPages(app: App): Page[] {
  const own = app.code.scripts.filter((file) => /\.[jt]sx$/.test(file) && (app.dir === "" || file.startsWith(`${app.dir}/`)) && !/(?:^|\/)(?:ui|magicui|icons?|landing|marketing|emails?|skeletons?)\//.test(file));
  return own.flatMap((file): Page[] => {
    const kind = KINDS.find(([, pattern]) => pattern.test(file))?.[0];
    const place = kind && placeIn(app, { file, kind }, true);
    if (!kind || !place) return [];
    const evidence = app.atOffset(file, place.anchor.start);
    const url = urlOf(app, file);
    const shown = placeIn(app, { file, kind }, false);
    const isMenu = shown === undefined;
    const isUsers = shown !== undefined && shown.beside !== "nothing";
    return [{ kind, file, line: evidence.line, view: "react", evidence: [evidence], ...(url !== undefined && { url }), ...(isMenu && { isMenu }), ...(isUsers && { isUsers }) }];
  }).sort((a, b) => Number(b.isMenu ?? false) - Number(a.isMenu ?? false) || Number(isOfOne(a)) - Number(isOfOne(b)));
}

const isOfOne = ({ url }: Page): boolean => url?.includes("[") === true;

/** The address of a page by its path: groups, the language, `page` and `index` left out; undefined for components. */
function urlOf(app: App, file: RepoPath): string | undefined {
  const inner = app.dir === "" ? file : file.slice(app.dir.length + 1);
  const route = /^(?:src\/)?(?:app|pages)\/(.*)$/.exec(inner)?.[1];
  if (route === undefined || !(/\/page\.[jt]sx$/.test(inner) || /^(?:src\/)?pages\//.test(inner))) return undefined;
  return `/${route.replace(/\.[jt]sx$/, "").split("/").filter((part) => !/^\(.*\)$|^page$|^index$|^\[(?:locale|lang|lng)\]$/.test(part)).join("/")}`;
}

/** Puts JSX where it belongs on a page, or says why not. */
function written(app: App, page: Page, inMenu: boolean, make: (place: Place | undefined) => { readonly code: Code; readonly edits?: readonly Edit[] }): ViewSaying {
  const place = placeIn(app, page, inMenu);
  const made = make(place);
  if (!place) return { edits: [], handoff: { reason: "What this component renders is not one element that a child can be added to.", paste: made.code } };
  return { edits: [...(made.edits ?? []), { kind: "insert", at: place.anchor, code: made.code }] };
}

const componentFile = (app: App): RepoPath => {
  const routed = app.repo.files.some((file) => /^app\/root\.[jt]sx$/.test(app.dir === "" ? file : file.slice(app.dir.length + 1)));
  const dirs = ["components", "src/components", "app/components", "src/app/components", "app/_components", "src/app/_components", "src/component", "component"].map((dir) => app.path(dir));
  const dir = dirs.find((one) => app.repo.files.some((file) => file.startsWith(`${one}/`))) ?? app.path(routed ? "app/components" : app.repo.files.some((file) => file.startsWith(app.path("src/"))) ? "src/components" : "components");
  const siblings = app.repo.files.filter((file) => file.startsWith(`${dir}/`) && /\.[jt]sx$/.test(file) && !file.slice(dir.length + 1).includes("/"));
  const pascal = siblings.filter((file) => /\/[A-Z]\w*\.[jt]sx$/.test(file)).length > siblings.length / 2;
  return `${dir}/${pascal ? "CreditBalance" : "credit-balance"}.${app.language === "typescript" ? "tsx" : "jsx"}`;
};

