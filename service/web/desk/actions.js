// The bar with which one decides: publish, refuse for a reason, spam. By hand or by one key.

import { useLayoutEffect, useRef, useState } from "preact/hooks";

import { facts, knows, reasonWords, say } from "./words.js";
import { site } from "./service.js";
import { Act, html } from "./parts.js";
import { useKeys } from "./keys.js";

const SPARE = [..."1234567890bcejkoqruvwyz"]; // for the site's own reasons; who has more than these clicks

/** Reasons with the key of each: the language's own letter, or one that is left. */
export function reasonKeys(reasons) {
  const used = new Set();
  return reasons.map((reason) => {
    let key = knows(`desk.key.${reason}`) ? say(`desk.key.${reason}`) : "";
    if (!key || used.has(key)) key = SPARE.find((each) => !used.has(each)) ?? "";
    used.add(key);
    return { reason, key };
  });
}

/**
 * `decide({ action, reason, note, public_reason })` is called once for each choice. `scope` says what it will be about, where
 * that isn't one comment. `more` are further buttons of the bar.
 */
export function Actions({ decide, scope, more, disabled }) {
  const [refusing, refuse] = useState(false);
  const on = (act) => (disabled ? () => {} : act);
  useKeys(
    refusing
      ? null
      : {
          a: { does: say("desk.publish"), act: on(() => decide({ action: "publish" })) },
          r: { does: say("desk.refuse"), act: on(() => refuse(true)) },
          s: { does: say("desk.spam"), act: on(() => decide({ action: "reject", reason: "spam" })) },
        },
  );
  if (refusing) {
    const done = (choice) => (refuse(false), decide(choice));
    return html`<${Reasons} scope=${scope} choose=${done} close=${() => refuse(false)} />`;
  }
  return html`<div class="actions" role="group" aria-label=${say("desk.decision")}>
    ${scope && html`<p class="scope">${scope}</p>`}
    <div class="row">
      <${Act} kind="publish" hint="a" disabled=${disabled} onClick=${() => decide({ action: "publish" })}>${say("desk.publish")}<//>
      <${Act} kind="refuse" hint="r" disabled=${disabled} aria-haspopup="true" onClick=${() => refuse(true)}>${say("desk.refuse")}<//>
      <${Act} kind="refuse" hint="s" disabled=${disabled} onClick=${() => decide({ action: "reject", reason: "spam" })}>${say("desk.spam")}<//>
      ${more}
    </div>
  </div>`;
}

function Reasons({ scope, choose, close }) {
  const [note, setNote] = useState("");
  const [wording, setWording] = useState("");
  const first = useRef(null);
  const choices = reasonKeys([...facts.reasons, ...site.value.reasons.map((each) => each.word)]);
  const refuse = (reason) => choose({ action: "reject", reason, note: note.trim(), public_reason: wording.trim() });
  useLayoutEffect(() => first.current.focus(), []);
  useKeys({
    ...Object.fromEntries(choices.filter(({ key }) => key).map(({ reason, key }) => [key, { does: reasonWords(reason), act: () => refuse(reason) }])),
    Escape: { does: say("desk.back"), act: close },
  }, { alone: true });
  return html`<div class="actions reasons" role="group" aria-label=${say("desk.why_refuse")}>
    <p class="scope">${scope ?? say("desk.why_refuse")}</p>
    <div class="choices">
      ${choices.map(({ reason, key }, at) => html`<button type="button" key=${reason} ref=${at ? undefined : first} aria-keyshortcuts=${key || undefined} onClick=${() => refuse(reason)}>
        ${key && html`<kbd aria-hidden="true">${key}</kbd>`} <span>${reasonWords(reason)}</span></button>`)}
    </div>
    <details>
      <summary>${say("desk.add_words")}</summary>
      <label for="wording">${say("desk.wording")}</label>
      <textarea id="wording" rows="2" maxlength="500" value=${wording} onInput=${(event) => setWording(event.target.value)} aria-describedby="wording-about"></textarea>
      <p class="quiet" id="wording-about">${say("desk.wording_about")}</p>
      <label for="note">${say("desk.note")}</label>
      <textarea id="note" rows="2" maxlength="2000" value=${note} onInput=${(event) => setNote(event.target.value)}></textarea>
    </details>
    <${Act} kind="plain" hint="Esc" onClick=${close}>${say("desk.back")}<//>
  </div>`;
}
