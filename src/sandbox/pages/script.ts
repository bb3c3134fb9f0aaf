/**
 * What runs in the dashboard's browser: forms without a page load, and the page kept up to date in place, so that focus, typed
 * text and open details stay; new list entries light up.
 */
export const script = `
"use strict";
const main = document.getElementById("content");
const said = document.getElementById("said");
let busy = false, again = false;

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch("/" + location.search, { headers: { accept: "text/html" } });
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { /* The sandbox is gone for now; the stream tells when it is back. */ }
  busy = false;
  if (again) { again = false; setTimeout(refresh, 150); }
}

function take(next) {
  const place = document.activeElement.closest("[data-key]");
  morph(document.getElementById("clock"), next.getElementById("clock"));
  for (const section of main.querySelectorAll("section")) {
    const fresh = next.getElementById(section.id);
    if (fresh) morph(section, fresh);
  }
  if (place && place.isConnected && document.activeElement === document.body) { place.tabIndex = -1; place.focus(); }
}

/** Makes an element like its new self without putting another in its place, so that focus and typed text stay. */
function morph(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && name !== "open" && name !== "tabindex") old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const keyed = new Map([...old.children].filter((one) => one.dataset.key).map((one) => [one.dataset.key, one]));
  let place = old.firstChild;
  for (const one of [...fresh.childNodes]) {
    const key = one.dataset && one.dataset.key;
    const same = key ? keyed.get(key) : place && place.nodeName === one.nodeName && !(place.dataset && place.dataset.key) ? place : undefined;
    if (!same) {
      if (key) one.classList.add("fresh");
      old.insertBefore(one, place);
      continue;
    }
    if (same === place) place = place.nextSibling;
    else old.insertBefore(same, place);
    if (same.nodeType === 3) { if (same.data !== one.data) same.data = one.data; } else morph(same, one);
  }
  while (place) { const gone = place; place = place.nextSibling; gone.remove(); }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || form.action.endsWith("/portal")) return;
  event.preventDefault();
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) return;
  const answer = await fetch(form.action, { method: "POST", headers: { accept: "application/json" }, body: new URLSearchParams(new FormData(form, event.submitter)) }).catch(() => undefined);
  const told = answer && !answer.ok ? (await answer.json().catch(() => ({}))).detail : undefined;
  said.textContent = !answer ? "The sandbox does not answer." : told || "Done.";
  if (told) alert(told);
  if (form.querySelector('input[type="url"]')) form.reset();
  refresh();
});

const stream = new EventSource("/__sandbox/live");
stream.onopen = () => { document.body.classList.add("live"); refresh(); };
stream.onerror = () => document.body.classList.remove("live");
let waiting;
stream.onmessage = () => { waiting ??= setTimeout(() => { waiting = undefined; refresh(); }, 120); };
`;
