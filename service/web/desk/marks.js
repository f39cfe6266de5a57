// A text with the words marked that the checks took exception to.

import { useState } from "preact/hooks";

import { say } from "./words.js";
import { Act, html } from "./parts.js";

const SHOWN = { body: 4_000, quoted: 500 }; // code points before the rest is folded away

/** The text in pieces, each with the signals whose spans cover it. Spans count code points, as Python does. */
export function pieces(text, signals) {
  const points = Array.from(text);
  const edges = new Set([0, points.length]);
  const spans = signals.flatMap((signal) => signal.spans.map((span) => ({ ...span, signal })));
  for (const { start, end } of spans) edges.add(Math.min(start, points.length)).add(Math.min(end, points.length));
  const sorted = [...edges].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((start, at) => ({
    text: points.slice(start, sorted[at + 1]).join(""),
    signals: spans.filter((span) => span.start <= start && span.end >= sorted[at + 1]).map((span) => span.signal),
  }));
}

/** As it was typed, its own direction kept; nothing in it is a link. */
export function Marked({ text, signals = [], className = "body" }) {
  const [whole, open] = useState(false);
  const points = Array.from(text);
  const most = SHOWN[className] ?? Infinity;
  const long = points.length > most && !whole;
  const shown = long ? points.slice(0, most).join("") : text;
  return html`<div class=${className} dir="auto">
    ${pieces(shown, signals).map((piece) =>
      piece.signals.length
        ? html`<mark title=${[...new Set(piece.signals.map((signal) => signal.detail))].join("\n")}>${piece.text}</mark>`
        : piece.text,
    )}${long && "…"}
    ${long && html`<p><${Act} onClick=${() => open(true)}>${say("desk.show_all", { count: points.length })}<//></p>`}
  </div>`;
}
