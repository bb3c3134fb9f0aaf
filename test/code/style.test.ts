import { expect, test } from "vitest";
import { detectStyle, OURS, restyle } from "../../src/code/style.ts";

const sample = `import { a } from "./a";

export async function f(x) {
  const label = "it's";
  const path = "plain";
  const re = /["';]/g;
  const text = \`keep "this"; \${x ? "inner" : "other"}\`;
  for (let i = 0; i < 3; i++) a(i); // "comment";
  await a({
    name: "x",
  });
  [1].forEach((one) => a(one));
}
`;

test("our style is left as it is", () => {
  expect(restyle(sample, OURS)).toBe(sample);
});

test("single quotes, no semicolons, tabs", () => {
  expect(restyle(sample, { ...OURS, quotes: "single", semicolons: false, indent: "\t" })).toBe(`import { a } from './a'

export async function f(x) {
\tconst label = "it's"
\tconst path = 'plain'
\tconst re = /["';]/g
\tconst text = \`keep "this"; \${x ? 'inner' : 'other'}\`
\tfor (let i = 0; i < 3; i++) a(i) // "comment";
\tawait a({
\t\tname: 'x',
\t});
\t[1].forEach((one) => a(one))
}
`);
});

test("a line that begins with a bracket or a template keeps the semicolon in front of it", () => {
  expect(restyle('a();\n(b)();\nc();\n`d`;\ne();\n', { ...OURS, semicolons: false })).toBe("a();\n(b)()\nc();\n`d`\ne()\n");
});

test("JSX attributes keep double quotes", () => {
  expect(restyle('<a className="x" href={"y"}>\n', { ...OURS, quotes: "single" })).toBe("<a className=\"x\" href={'y'}>\n");
});

test("CRLF", () => {
  expect(restyle("a();\nb();\n", { ...OURS, newline: "\r\n" })).toBe("a();\r\nb();\r\n");
});

test("four spaces", () => {
  expect(restyle("/**\n * x\n */\nif (a) {\n  b();\n}\n", { ...OURS, indent: "    " })).toBe("/**\n * x\n */\nif (a) {\n    b();\n}\n");
});

test.each([
  [`import Link from "next/link";\n\nexport default function Header() {\n  return (\n    <header>\n      <Link\n        href="/"\n      >\n        Home\n      </Link>\n    </header>\n  );\n}\n`, { semicolons: true }],
  ["const a = 'x'\nconst b = 'y'\nfunction f() {\n\treturn a\n}\n", { quotes: "single", semicolons: false, indent: "\t", newline: "\n" }],
  ['const a = "x";\r\nfunction f() {\r\n    return a;\r\n}\r\n', { quotes: "double", semicolons: true, indent: "    ", newline: "\r\n" }],
  ["const a = require('x');\nmodule.exports = {\n  a,\n};\n", { quotes: "single", semicolons: true, indent: "  ", trailingComma: true }],
])("style of %j", (text, style) => {
  expect(detectStyle(text)).toMatchObject(style);
});
