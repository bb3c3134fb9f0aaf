import type { Survey } from "../domain.ts";
import { coverageOf, type Coverage } from "../report/coverage.ts";
import { checkAnnotations } from "../report/github.ts";
import { checkJson } from "../report/json.ts";
import { checkMarkdown } from "../report/markdown.ts";
import { checkSarif } from "../report/sarif.ts";
import { loadTemplates } from "../templates.ts";
import type { Report } from "./integrate.ts";
import type { Options } from "./options.ts";
import { openSession } from "./session.ts";
import { showCoverage } from "./show/coverage.ts";
import { headline, showLeftAlone, showScan } from "./show/scan.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** `--check`: site by site what is wired and what is missing; status 1 on a gap. */
export async function checkCoverage(survey: Survey, options: Options, terminal: Terminal): Promise<Report> {
  const templates = loadTemplates();
  const coverages = survey.apps.map((app) => coverageOf(app, openSession(survey, app, options).loaded.choices, templates));
  return { text: format(survey, coverages, options, terminal), status: coverages.some(({ gaps }) => gaps.length > 0) ? 1 : 0 };
}

function format(survey: Survey, coverages: readonly Coverage[], options: Options, terminal: Terminal): string {
  switch (options.format) {
    case "json": return checkJson(coverages);
    case "markdown": return checkMarkdown(coverages);
    case "sarif": return checkSarif(coverages, version());
    case "github": return checkAnnotations(coverages);
    default: return headline(terminal, version(), survey).trimEnd() + "\n" + (options.verbose ? `\n${survey.apps.map((app) => showScan(terminal, survey, app, true)).join("\n")}` : "") + coverages.map((one) => showCoverage(terminal, survey.root, one) + leftBeside(showLeftAlone(terminal, one.app))).join("");
  }
}

const leftBeside = (text: string): string => (text === "" ? "" : `\n${text}`);
