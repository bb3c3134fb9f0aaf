/** The look of all pages of the sandbox; no fonts or pictures from elsewhere. */
export const style = `
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --line: #e2e5ea; --text: #171a1f; --soft: #5c6470; --accent: #3538cd; --on-accent: #fff; --good: #05683f; --good-ground: #dcf5e7;
  --warn: #8a4b00; --warn-ground: #fdf0d5; --bad: #a91b1b; --bad-ground: #fde5e5; --code: #f0f2f5; --shadow: 0 1px 2px rgb(16 24 40 / .06); }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1115; --card: #181b21; --line: #2b3039; --text: #eceef2; --soft: #a0a8b4; --accent: #8f9bff; --on-accent: #11131a; --good: #6fdca6; --good-ground: #12321f;
  --warn: #f3bd6b; --warn-ground: #3a2a0e; --bad: #ff9c9c; --bad-ground: #411a1a; --code: #20242c; --shadow: none; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1, h2, h3, p { margin: 0; }
h1 { font-size: 1.15rem; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 1rem; font-weight: 650; }
h3 { font-size: .95rem; font-weight: 600; }
a { color: var(--accent); text-underline-offset: 2px; }
code, pre, .mono { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
pre { margin: 0; padding: .75rem .9rem; background: var(--code); border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.small { font-size: .86rem; }
.amount { font-variant-numeric: tabular-nums; white-space: nowrap; }
.negative { color: var(--bad); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: fixed; top: .5rem; left: .5rem; z-index: 9; padding: .5rem .9rem; background: var(--card); border-radius: 8px; clip-path: none; width: auto; height: auto; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 6px; }
.badge { display: inline-block; padding: .05rem .5rem; border-radius: 99px; font-size: .78rem; font-weight: 600; background: var(--code); color: var(--soft); white-space: nowrap; }
.badge.good { background: var(--good-ground); color: var(--good); }
.badge.warn { background: var(--warn-ground); color: var(--warn); }
.badge.bad { background: var(--bad-ground); color: var(--bad); }
button, .button { display: inline-flex; align-items: center; justify-content: center; min-height: 36px; padding: .3rem .85rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--text); font: inherit; font-size: .9rem; font-weight: 550; text-decoration: none; cursor: pointer; }
button:hover, .button:hover { border-color: var(--soft); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.main:hover { filter: brightness(1.08); }
button.quiet { border-color: transparent; background: transparent; color: var(--soft); }
input, select { min-height: 36px; padding: .3rem .6rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--text); font: inherit; font-size: .95rem; min-width: 0; }
form { margin: 0; }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
.spread { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; justify-content: space-between; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); padding: 1rem; }
.stack { display: grid; gap: .75rem; align-content: start; }
.clip { overflow-wrap: anywhere; min-width: 0; }
`;

/** What the dashboard adds to it. */
export const dashboardStyle = `
header.top { background: var(--card); border-bottom: 1px solid var(--line); padding: .7rem clamp(.9rem, 3vw, 2rem); display: flex; flex-wrap: wrap; gap: .4rem 1.25rem; align-items: center; }
header.top .dot { display: inline-block; width: .6rem; height: .6rem; border-radius: 50%; background: var(--soft); margin-right: .45rem; }
.live header.top .dot { background: #12a150; }
header.top nav { display: flex; flex-wrap: wrap; gap: 0 1rem; margin-left: auto; font-size: .9rem; }
header.top nav a { padding: .35rem 0; text-decoration: none; color: var(--soft); }
header.top nav a:hover { color: var(--text); }
main { display: grid; gap: 1.25rem; padding: 1.25rem clamp(.9rem, 3vw, 2rem) 4rem; grid-template-columns: minmax(0, 1fr); max-width: 1500px; margin: 0 auto; }
main > section { scroll-margin-top: 6rem; display: grid; gap: .75rem; align-content: start; }
.thirds { display: grid; gap: 1.25rem; } @media (min-width: 760px) { header.top { position: sticky; top: 0; z-index: 5; } .thirds { grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); } }
@media (min-width: 1020px) { main { grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); align-items: start; } main > .wide { grid-column: 1 / -1; } .column { display: grid; gap: 1.25rem; } }
.column { display: grid; gap: 1.25rem; min-width: 0; }
.column > section { display: grid; gap: .75rem; scroll-margin-top: 6rem; }
section > .head { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; justify-content: space-between; }
ul.plain { list-style: none; margin: 0; padding: 0; }
ul.lines > li { padding: .6rem 1rem; border-top: 1px solid var(--line); }
ul.lines > li:first-child { border-top: 0; }
.card.flush { padding: 0; overflow: hidden; }
.line { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 .9rem; align-items: baseline; }
.line .end { text-align: right; }
@media (prefers-reduced-motion: no-preference) { .fresh { animation: fresh 1.8s ease-out; } @keyframes fresh { from { background: var(--good-ground); } } }
details > summary { cursor: pointer; padding: .35rem 0; color: var(--soft); font-size: .9rem; }
details[open] > summary { margin-bottom: .5rem; }
.amount-field { width: 5.5rem; }
.empty { padding: 1.25rem 1rem; color: var(--soft); }
`;

/** What the payment pages and the portal add to it. */
export const billingStyle = `
body { display: grid; min-height: 100dvh; align-content: start; justify-items: center; padding: clamp(1rem, 6vh, 4rem) 1rem; }
main { width: 100%; max-width: 30rem; display: grid; gap: 1rem; }
.card { padding: 1.4rem; }
.total { font-size: 1.9rem; font-weight: 680; letter-spacing: -.02em; }
.actions { display: grid; gap: .55rem; }
.actions button { width: 100%; min-height: 44px; font-size: 1rem; }
.notice { padding: .6rem .9rem; border-radius: 8px; background: var(--good-ground); color: var(--good); }
.notice.bad { background: var(--bad-ground); color: var(--bad); }
dl { margin: 0; display: grid; gap: .35rem; }
dl > div { display: flex; gap: 1rem; justify-content: space-between; align-items: baseline; }
dt { min-width: 0; overflow-wrap: anywhere; } dd { margin: 0; }
hr { border: 0; border-top: 1px solid var(--line); margin: .25rem 0; width: 100%; }
.quick { display: grid; grid-template-columns: repeat(auto-fit, minmax(3.4rem, 1fr)); gap: .5rem; }
.field { display: grid; gap: .25rem; } .field input, .field select { width: 100%; min-height: 44px; }
`;
