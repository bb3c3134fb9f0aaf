import { raw } from "../src/code/code.ts";
import { OURS } from "../src/code/style.ts";
import type { AppSurvey } from "../src/domain.ts";

/** A survey in which nothing was found, for tests that need little of one: the compiler says what a new field of a survey asks of them. */
export const BLANK: AppSurvey = {
  dir: "", name: "app", language: "typescript", moduleSystem: "esm", edge: false, packageManager: "npm", packages: [], oldTypes: false, globals: [],
  framework: { id: "next", title: "Next.js", evidence: [] }, auth: [], env: { files: [] }, signups: [], billables: [], pages: [], payments: [],
  home: { dir: "lib/credyt", extension: ".ts", existing: {} }, style: OURS, imports: { moduleSystem: "esm", aliases: [], extension: "" },
  dialect: {
    refuse: () => undefined, asks: () => undefined, route: () => undefined, signedIn: [], sendToPayment: () => undefined, readEnv: (name) => raw(`process.env.${name}`),
    declareEnv: () => [], control: () => undefined, balance: () => undefined, logError: () => raw(""),
  },
  facts: () => undefined, text: () => undefined, library: () => undefined, calls: {}, handWritten: [],
};
