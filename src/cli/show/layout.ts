import { stripVTControlCharacters } from "node:util";

/** How many columns a text fills, colours and links apart. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of stripVTControlCharacters(text)) width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(char) ? 2 : /\p{Mn}/u.test(char) ? 0 : 1;
  return width;
}

/** A text filled up with blanks to a width. */
export const pad = (text: string, width: number): string => text + " ".repeat(Math.max(0, width - widthOf(text)));

/** Text broken at blanks so that no line is wider; a word that is too long is cut where the line ends. */
export function wrap(text: string, width: number): string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(/ +/)) {
      const joined = line === "" ? word : `${line} ${word}`;
      if (widthOf(joined) <= width) line = joined;
      else {
        if (line !== "") lines.push(line);
        const pieces = cut(word, width);
        lines.push(...pieces.slice(0, -1));
        line = pieces.at(-1) ?? "";
      }
    }
    return [...lines, line];
  });
}

/** A text in pieces of a width, cut at a blank or behind a mark between names where one is near; coloured text is kept whole, as its codes must not be cut. */
export function cut(text: string, width: number): string[] {
  if (widthOf(text) <= width || stripVTControlCharacters(text) !== text) return [text];
  const pieces: string[] = [];
  let piece = "";
  for (const char of text) {
    piece += char;
    if (widthOf(piece) <= width) continue;
    const full = piece.slice(0, -char.length);
    const behind = (at: number): number | undefined => (at > Math.max(0, piece.length - 25) ? at + 1 : undefined);
    const end = behind(piece.lastIndexOf(" ")) ?? behind(Math.max(...["/", ".", "-", "_", "(", ","].map((mark) => full.lastIndexOf(mark)))) ?? full.length;
    pieces.push(piece.slice(0, end).trimEnd());
    piece = piece.slice(end);
  }
  return [...pieces, piece];
}

/** One row: what it is about, what it says, and where. `shown` is `place` as it is printed, with colour and link. */
export interface Row {
  readonly label: string;
  readonly text: string;
  readonly place?: string;
  readonly shown?: string;
  readonly note?: string;
}

/** Rows in aligned columns. Where the width is too small for all of them, places and notes go below the text. */
export function columns(rows: readonly Row[], width: number, dim: (text: string) => string): string[] {
  const labels = Math.max(0, ...rows.map(({ label }) => widthOf(label))) + 2;
  const inner = width - 2 - labels;
  const places = Math.max(0, ...rows.map(({ place }) => widthOf(place ?? "")));
  const notes = Math.max(0, ...rows.map(({ note }) => widthOf(note ?? "")));
  const texts = Math.max(0, ...rows.map(({ text }) => widthOf(text)));
  const textWidth = Math.min(texts, Math.max(24, inner - places - 3));
  // A name is not broken for the sake of the place beside it.
  const longest = Math.max(0, ...rows.flatMap(({ text }) => text.split(" ").map(widthOf)));
  const beside = textWidth + 3 + places <= inner && longest <= textWidth;
  const noteBeside = beside && notes > 0 && textWidth + 3 + places + 3 + notes <= inner;
  return rows.flatMap(({ label, text, place = "", shown = place, note = "" }) => {
    const lines = wrap(text, beside ? textWidth : inner);
    const margin = " ".repeat(2 + labels);
    const first = `  ${pad(label, labels)}${lines[0] ?? ""}`;
    const tail = beside && place !== "" ? `${" ".repeat(textWidth - widthOf(lines[0] ?? "") + 3)}${dim(shown)}` : "";
    const noteTail = noteBeside && note !== "" ? `${" ".repeat(Math.max(0, places - widthOf(place)) + 3)}${dim(note)}` : "";
    const below = [
      ...lines.slice(1).map((line) => margin + line),
      ...(!beside && place !== "" ? [margin + dim(shown)] : []),
      ...(!noteBeside && note !== "" ? wrap(note, inner - 2).map((line) => `${margin}  ${dim(line)}`) : []),
    ];
    return [(first + tail + noteTail).trimEnd(), ...below];
  });
}

/** Text in paragraphs with a margin, broken at the width. */
export const indented = (text: string, margin: number, width: number): string => wrap(text, width - margin).map((line) => (line === "" ? "" : " ".repeat(margin) + line)).join("\n");

/** A paragraph that begins with a mark; its other lines stand below its text, not below the mark. `place` follows, or goes below where it is too long. */
export function bullet(mark: string, text: string, width: number, place = ""): string[] {
  const [first = "", ...rest] = wrap(text, width - 4);
  const lines = [`  ${mark} ${first}`, ...rest.map((line) => `    ${line}`)];
  if (place === "") return lines;
  const last = `${lines.at(-1) ?? ""}  ${place}`;
  return widthOf(last) <= width ? [...lines.slice(0, -1), last] : [...lines, `    ${place}`];
}
