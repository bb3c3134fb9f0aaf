/**
 * What runs in the dashboard's browser: forms without a page load, and the page kept up to date. A list entry that did not
 * change stays as it is, and so does one that holds the focus or an open detail; new ones light up.
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
  document.getElementById("clock").replaceWith(next.getElementById("clock"));
  const sections = main.querySelectorAll("section");
  for (const section of sections) merge(section, next.getElementById(section.id));
}

/** Brings one element up to date with its new self. */
function merge(old, fresh) {
  if (!fresh || old.isEqualNode(fresh)) return;
  if (old.contains(document.activeElement) && old !== document.activeElement && old.tagName === "FORM") return;
  if (old.tagName !== fresh.tagName || (old.childElementCount === 0 && !("value" in old))) { if (!old.contains(document.activeElement)) old.replaceWith(fresh); return; }
  if (old.tagName === "INPUT" || old.tagName === "SELECT") return;
  if (old.tagName !== "DETAILS") for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const known = new Map([...old.children].filter((one) => one.dataset.key).map((one) => [one.dataset.key, one]));
  if (known.size > 0 || [...fresh.children].some((one) => one.dataset.key)) return mergeKeyed(old, fresh, known);
  if (old.childElementCount !== fresh.childElementCount || [...old.childNodes].some((one) => one.nodeType === 3 && one.data.trim() !== "")) {
    if (!old.contains(document.activeElement)) old.replaceWith(fresh);
    return;
  }
  const news = [...fresh.children];
  [...old.children].forEach((one, at) => merge(one, news[at]));
}

function mergeKeyed(old, fresh, known) {
  let place = old.firstElementChild;
  for (const one of [...fresh.children]) {
    const same = one.dataset.key ? known.get(one.dataset.key) : place && !place.dataset.key && place.tagName === one.tagName ? place : undefined;
    if (!same) { if (one.dataset.key) one.classList.add("fresh"); old.insertBefore(one, place); continue; }
    if (same === place) place = place.nextElementSibling; else old.insertBefore(same, place);
    merge(same, one);
  }
  while (place) { const gone = place; place = place.nextElementSibling; gone.remove(); }
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
