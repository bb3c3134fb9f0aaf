/** A run of JavaScript text. `mark` is one punctuation character, `word` an identifier, keyword or number. */
export interface Token {
  readonly kind: "space" | "comment" | "string" | "template" | "regex" | "word" | "mark";
  readonly text: string;
  readonly end: number;
}

const WORD = /[\w$\u0080-\uffff]+/y;
const SPACE = /\s+/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y;
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;

/**
 * The tokens of JavaScript or TypeScript text that we wrote ourselves (code pieces and templates): enough to tell strings, comments
 * and punctuation apart, without a parser. Their texts joined are the text.
 */
export function* tokens(text: string): Generator<Token> {
  let at = 0;
  let last = "";
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const token = next(text, at, last, take);
    at += token.text.length;
    if (token.kind !== "space" && token.kind !== "comment") last = token.text;
    yield { ...token, end: at };
  }
}

type Piece = Omit<Token, "end">;

function next(text: string, at: number, last: string, take: (pattern: RegExp) => string | undefined): Piece {
  const tries: readonly (readonly [Piece["kind"], RegExp])[] = [["space", SPACE], ["comment", COMMENT], ["string", STRING], ["word", WORD]];
  for (const [kind, pattern] of tries) {
    const found = take(pattern);
    if (found !== undefined) return { kind, text: found };
  }
  if (text[at] === "`") return { kind: "template", text: text.slice(at, endOfTemplate(text, at)) };
  if (text[at] === "/" && (last === "" || /^(?:[(,=:[!&|?{};+]|return|typeof)$/.test(last))) {
    const found = take(REGEX);
    if (found !== undefined) return { kind: "regex", text: found };
  }
  return { kind: "mark", text: text[at] ?? "" };
}

/** The offset after a template literal that starts at `at`, nested `${…}` and templates included. */
function endOfTemplate(text: string, at: number): number {
  let i = at + 1;
  while (i < text.length) {
    if (text[i] === "\\") i += 2;
    else if (text[i] === "`") return i + 1;
    else if (text.startsWith("${", i)) i = endOfHole(text, i + 2);
    else i++;
  }
  return text.length;
}

function endOfHole(text: string, at: number): number {
  let depth = 1;
  let i = at;
  while (i < text.length && depth > 0) {
    if (text[i] === "`") i = endOfTemplate(text, i);
    else {
      if (text[i] === "{") depth++;
      if (text[i] === "}") depth--;
      i++;
    }
  }
  return i;
}

/** A template literal in parts: text, the code of a hole, text, … The parts joined are the literal. */
export function holesIn(template: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < template.length; i++) {
    if (template[i] === "\\") i++;
    else if (template.startsWith("${", i)) {
      const end = endOfHole(template, i + 2) - 1;
      parts.push(template.slice(from, i + 2), template.slice(i + 2, end));
      from = end;
      i = end;
    }
  }
  return [...parts, template.slice(from)];
}
