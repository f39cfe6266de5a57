// Small parts that every page of the desk is made of.

import { h } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import htm from "htm";

import { percent, say } from "./words.js";
import { store, useStore } from "./store.js";
import { useKeys } from "./keys.js";

export const html = htm.bind(h);

/** What happened, for eyes and ears: a line at the foot of the page that goes by itself, or stays if it is a fault. */
const notes = store([]);
let count = 0;

export function note(text, { fault = false, act = null } = {}) {
  const made = { id: ++count, text, fault, act };
  notes.set([...notes.value.slice(-3), made]);
  if (!fault) setTimeout(() => drop(made.id), 6000);
}

export const fault = (refusal) => note(refusal.sentences?.join(" ") ?? String(refusal), { fault: true });

const drop = (id) => notes.set(notes.value.filter((each) => each.id !== id));

export function Notes() {
  const shown = useStore(notes);
  const line = (each) => html`<p key=${each.id} class=${each.fault ? "note fault" : "note"}>
    <span>${each.text}</span>
    <button type="button" class="plain" onClick=${() => drop(each.id)} aria-label=${say("desk.close")}>×</button>
  </p>`;
  return html`<div class="notes">
    <div role="status">${shown.filter((each) => !each.fault).map(line)}</div>
    <div role="alert">${shown.filter((each) => each.fault).map(line)}</div>
  </div>`;
}

/** A button; `hint` is the key that does the same. */
export const Act = ({ hint, kind = "", children, ...rest }) =>
  html`<button type="button" class=${kind} aria-keyshortcuts=${hint} ...${rest}>
    <span>${children}</span>${hint && html`<kbd aria-hidden="true">${hint}</kbd>`}
  </button>`;

export const Person = ({ name }) => (name ? html`<bdi class="person">${name}</bdi>` : html`<span class="quiet">${say("desk.nobody")}</span>`);

export const Status = ({ of }) => html`<span class=${`status ${of}`}>${say(`desk.status.${of}`)}</span>`;

/** The page's heading. It takes the focus, so that who listens hears where they are. */
export function Heading({ children }) {
  const node = useRef(null);
  useEffect(() => {
    document.title = `${node.current.textContent} · ${say("desk.title")}`;
    node.current.focus({ preventScroll: true });
  }, []);
  return html`<h1 tabindex="-1" ref=${node}>${children}</h1>`;
}

/** Sentences about what can't be accepted, tied to a field by its id. */
export const Faults = ({ of, id }) => (of?.length ? html`<p class="fault" id=${id}>${of.join(" ")}</p>` : null);

const UNSURE = 0.3;

/** A share with the interval in which it lies: a band and its middle, and the same in figures. Why not, if it isn't known. */
export function Rate({ of }) {
  if (of.value === null) return html`<span class="quiet">${say(`desk.unknown.${of.why}`)}</span>`;
  const unsure = of.high - of.low > UNSURE;
  return html`<span class="rate"><span class=${unsure ? "band unsure" : "band"} aria-hidden="true"><span style=${{ insetInlineStart: `${of.low * 100}%`, inlineSize: `${(of.high - of.low) * 100}%` }}></span><i style=${{ insetInlineStart: `${of.value * 100}%` }}></i></span>
    <span><strong>${percent(of.value)}</strong> <span class="quiet">${say("desk.between", { low: percent(of.low), high: percent(of.high) })}</span>${unsure && html` <span class="quiet">· ${say("desk.unsure")}</span>`}</span></span>`;
}

/** A labelled field. */
export function Field({ id, label, about, faults, children }) {
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${about && html`<p class="quiet" id=${`${id}-about`}>${about}</p>`}
    ${children({ id, "aria-describedby": [about && `${id}-about`, faults?.length && `${id}-fault`].filter(Boolean).join(" ") || undefined, "aria-invalid": faults?.length ? "true" : undefined })}
    <${Faults} of=${faults} id=${`${id}-fault`} />
  </div>`;
}

/** A box above the page, that keeps the keyboard to itself. */
export function Dialog({ title, close, children, wide = false }) {
  const node = useRef(null);
  useKeys({}, { alone: true });
  useLayoutEffect(() => {
    const back = document.activeElement;
    node.current.showModal();
    (node.current.querySelector("input:checked, input, textarea, select") ?? node.current.querySelector("h2")).focus();
    return () => back?.isConnected && back.focus({ preventScroll: true });
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    close?.();
  };
  const closed = () => (close ? close() : node.current?.showModal()); // browsers close it at the third Escape, come what may
  return html`<dialog ref=${node} class=${wide ? "wide" : ""} aria-labelledby="dialog-title" onCancel=${cancel} onClose=${closed}>
    <header><h2 id="dialog-title" tabindex="-1">${title}</h2>
      ${close && html`<button type="button" class="plain" onClick=${close} aria-label=${say("desk.close")}>×</button>`}
    </header>
    ${children}
    <${Notes} />
  </dialog>`;
}

/** What is shown once: a secret to be copied. */
export function Secret({ title, about, label, value, close }) {
  const copy = () => navigator.clipboard.writeText(value).then(() => note(say("desk.copied")), () => {});
  return html`<${Dialog} title=${title} close=${close}><p>${about}</p>
    <p><input class="secret" readonly value=${value} aria-label=${label} onFocus=${(event) => event.target.select()} /></p>
    <p class="row"><${Act} kind="main" onClick=${copy}>${say("desk.copy")}<//> <${Act} onClick=${close}>${say("desk.close")}<//></p><//>`;
}

/** Something that is being fetched, or couldn't be. */
export function Waiting({ refusal, again }) {
  if (!refusal) return html`<p class="quiet waiting">${say("desk.loading")}</p>`;
  return html`<div class="fault" role="alert"><p>${refusal.sentences.join(" ")}</p>
    <${Act} onClick=${again}>${say("desk.again")}<//></div>`;
}

/** A bar of a share of 1. */
export const Bar = ({ of, label }) =>
  html`<span class="bar" role="img" aria-label=${label}><span style=${{ inlineSize: `${Math.round(Math.min(1, of) * 100)}%` }}></span></span>`;
