import type { RouteKind, RouteSaying } from "../../domain.ts";
import type { RouteContext } from "../define.ts";

export function route(_kind: RouteKind, _context: RouteContext): RouteSaying | undefined {
  return undefined;
}
