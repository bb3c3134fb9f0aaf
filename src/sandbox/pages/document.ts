import { type Html, html, raw } from "./html.ts";
import { style } from "./style.ts";

/** A whole page. `script` runs under the page's nonce. */
export function document(page: { readonly title: string; readonly style: string; readonly body: Html; readonly script?: { readonly text: string; readonly nonce: string } }): string {
  const { script } = page;
  return `<!doctype html>${
    html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${page.title}</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%233538cd'/%3E%3C/svg%3E">
<style>${raw(style + page.style)}</style>
</head>
${page.body}
${script ? html`<script nonce="${script.nonce}">${raw(script.text)}</script>` : undefined}
</html>
`.html
  }`;
}
