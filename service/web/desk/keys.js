// The keyboard: which key does what just now. The topmost part of the page that wants a key gets it.

import { useLayoutEffect, useRef } from "preact/hooks";

import { store } from "./store.js";

const OFF = "moderato.keys-off";
const layers = [];

/** Whether single keys act at all: who dictates or has a tremor may want none. */
export const keysOn = store(localStorage.getItem(OFF) === null);
keysOn.listen((on) => (on ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes")));

/**
 * Keys that act while this part is shown: `{ a: { does: "words", act() {} } }`. `null` for none.
 * `alone`: what lies below gets no keys meanwhile, as under a dialog. They act from the moment they are shown: quick fingers
 * press the second key before the browser has painted.
 */
export function useKeys(keys, { alone = false } = {}) {
  const layer = useRef(null);
  layer.current ??= {};
  Object.assign(layer.current, { keys: keys ?? {}, alone: alone && keys !== null });
  useLayoutEffect(() => {
    const own = layer.current;
    layers.push(own);
    return () => layers.splice(layers.indexOf(own), 1);
  }, []);
}

/** All keys that act now, the topmost first: for the help. */
export function active() {
  const found = new Map();
  for (const { keys, alone } of [...layers].reverse()) {
    for (const [key, what] of Object.entries(keys)) if (what.does && !found.has(key)) found.set(key, what.does);
    if (alone) break;
  }
  return found;
}

const isTyping = (node) => !node?.readOnly && (/^(INPUT|TEXTAREA|SELECT)$/.test(node?.tagName) && !/^(checkbox|radio|button|range)$/.test(node.type));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (isTyping(event.target)) {
    if (key === "Escape") {
      event.preventDefault(); // it leaves the field; the dialog around it stays
      event.target.blur();
    }
    return;
  }
  if (!keysOn.value && event.key.length === 1 && key !== "?") return;
  if (key === "Enter" && event.target.closest?.("a, button, summary")) return;
  for (const { keys, alone } of [...layers].reverse()) {
    const found = keys[key];
    if (found) {
      event.preventDefault();
      if (!event.repeat || found.repeats) found.act();
      return;
    }
    if (alone) return;
  }
});
