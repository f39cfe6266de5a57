// The newsroom answers, under its own name.

import { useState } from "preact/hooks";

import { ask, session } from "./service.js";
import { say } from "./words.js";
import { Dialog, Field, fault, html, note } from "./parts.js";

export function Reply({ comment, close }) {
  const [body, setBody] = useState("");
  const [refusal, set] = useState(null);
  const [sending, send] = useState(false);
  const [key] = useState(() => crypto.randomUUID());
  const submit = async (event) => {
    event.preventDefault();
    send(true);
    try {
      await ask("POST", `/v1/moderation/comments/${comment.id}/replies`, { body }, { key });
      note(say("desk.replied"));
      close();
    } catch (no) {
      no.errors.body ? set(no) : fault(no);
      send(false);
    }
  };
  return html`<${Dialog} title=${say("desk.reply")} close=${close}>
    <p class="quiet">${say("desk.reply_about", { site: session.value.title })}</p>
    <form onSubmit=${submit}>
      <${Field} id="reply" label=${say("desk.reply_text")} faults=${refusal?.errors.body}>
        ${(field) => html`<textarea rows="6" required ...${field} value=${body} onInput=${(event) => setBody(event.target.value)}></textarea>`}
      <//>
      <button class="main" disabled=${sending}>${say("desk.reply_do")}</button>
    </form><//>`;
}
