import type { RepoPath, StatementAnchor } from "../../domain.ts";
import { allElements, parseMarkup, type Element } from "./component.parse.ts";

/** Where markup of ours goes in a component, and what it should look like there. */
export interface ComponentPlace {
  readonly anchor: StatementAnchor;
  /** The condition of the element beside it (`v-if="loggedIn"`), which holds for ours too. */
  readonly condition: string | undefined;
  /** True inside a list: ours is an item of its own. */
  readonly isItem: boolean;
}

const SIGN_OUT = /log[ -]?out|sign[ -]?out/i;

/** Beside the control that signs out, else behind the last child of the root element. Undefined when neither is clear. */
export function componentPlace(file: RepoPath, text: string): ComponentPlace | undefined {
  const roots = rootsOf(text);
  return besideSignOut(file, text, roots) ?? lastChild(file, text, roots);
}

/** The elements of the markup itself: what stands in Vue's `<template>`, or outside of scripts. */
function rootsOf(text: string): readonly Element[] {
  const all = parseMarkup(text);
  const template = all.find((one) => one.name === "template");
  return template ? template.children : all;
}

function besideSignOut(file: RepoPath, text: string, roots: readonly Element[]): ComponentPlace | undefined {
  const found = allElements(roots).filter((one) => /^(?:button|a|form|\w*Button|\w*Link)$/.test(one.name) && SIGN_OUT.test(text.slice(one.start, one.end)) && one.end - one.start < 800);
  // The innermost of them, and then the form around it.
  const inner = found.at(-1);
  const form = inner && around(inner, /^form$/);
  const item = inner && around(inner, /^li$/);
  const element = item ?? form ?? inner;
  if (!element || !standsAlone(text, element)) return undefined;
  return { anchor: behind(file, text, element), condition: /\bv-(?:if|show)="[^"]*"/.exec(element.attributes)?.[0], isItem: item !== undefined };
}

function around(element: Element, name: RegExp): Element | undefined {
  for (let at: Element | undefined = element; at; at = at.parent) if (name.test(at.name)) return at;
  return undefined;
}

/** A root that is alone is looked into, and the footer or the slot at its end; several of them stand beside each other. */
function lastChild(file: RepoPath, text: string, roots: readonly Element[]): ComponentPlace | undefined {
  const [only] = roots;
  // Of several the last one, where it only holds others, is the page's content.
  const end = roots.at(-1);
  const content = roots.length === 1 ? only : end && /^(?:div|main|section)$/.test(end.name) && end.children.length > 0 ? end : undefined;
  const last = lastOf(content ? content.children : roots);
  return last && standsAlone(text, last) ? { anchor: behind(file, text, last), condition: undefined, isItem: last.name === "li" } : undefined;
}

const SLOT = /^\s*(?:#|v-slot:)([\w-]*)/;

/** A component that is given slots shows nothing between them as one would expect: ours goes into the slot at its end, or nowhere. */
function lastOf(list: readonly Element[]): Element | undefined {
  const slots = list.filter(({ name, attributes }) => name === "template" && SLOT.test(attributes));
  if (slots.length > 0) {
    const end = slots.length < list.length ? undefined : slots.findLast(({ attributes }) => /^(?:right|trailing|actions|end|append|footer)$/.test(SLOT.exec(attributes)?.[1] ?? ""));
    return end && lastOf(end.children);
  }
  const last = list.at(-1);
  return last && /(?:^f|F)ooter$/.test(last.name) && last.children.length > 0 ? lastOf(last.children) : last;
}

/** Whether an element begins and ends its own lines. */
function standsAlone(text: string, { start, end }: Element): boolean {
  return text.slice(text.lastIndexOf("\n", start - 1) + 1, start).trim() === "" && /^[ \t]*(?:\r?\n|$)/.test(text.slice(end));
}

const behind = (file: RepoPath, text: string, { start, end }: Element): StatementAnchor => ({ file, offset: end, start, place: "after", block: [0, text.length] });

/** What makes a library's button look as it does, beside its classes. */
const LOOK = ["color", "variant", "size"];

/** The button that ours is to look like: the page's own component, or the classes of its first button. */
export function buttonLike(text: string, label: string): string {
  const buttons = allElements(rootsOf(text)).filter((one) => /^(?:button|UButton|Button|VBtn|v-btn|q-btn)$/.test(one.name));
  const own = buttons.find(({ name }) => name !== "button");
  if (own) return `<${own.name}${LOOK.map((name) => new RegExp(`(?:^|\\s)${name}="[^"{}]*"`).exec(own.attributes)?.[0].trim()).filter((one) => one !== undefined).map((one) => ` ${one}`).join("")} type="submit">${label}</${own.name}>`;
  const classes = buttons.map(({ attributes }) => /(?:^|\s)class="([^"{}]*)"/.exec(attributes)?.[1]).find((one) => one !== undefined);
  return `<button${classes === undefined ? "" : ` class="${classes}"`} type="submit">${label}</button>`;
}
