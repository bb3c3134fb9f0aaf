import { balance } from "./balance.ts";
import { client } from "./client.ts";
import { costs } from "./costs.ts";
import { customers } from "./customers.ts";
import { gate } from "./gate.ts";
import { portal } from "./portal.ts";
import type { Transform } from "./transform.ts";
import { usage } from "./usage.ts";

/** Every area, in the order of `AREAS`: a closed set. */
export const TRANSFORMS: readonly Transform[] = [client, customers, usage, gate, portal, balance, costs];
