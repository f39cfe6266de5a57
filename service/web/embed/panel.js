// A small form that opens under a comment: to edit it, to take it back, to report it.

import { button, h } from "./dom.js";

/** Opens under the row of its opener, one at a time. `send(panel)` is called when it is sent. */
export function openPanel(ui, opener, content, label, send) {
  const fault = h("p.fault", { role: "alert" });
  const submit = h("button.main", label);
  const form = h("form.panel", { novalidate: true, onsubmit }, content, fault, h("p.acts", submit, button(ui.say("embed.cancel"), cancel)));

  async function onsubmit(event) {
    event.preventDefault();
    if (submit.disabled) return;
    submit.disabled = true;
    const said = await send(form);
    submit.disabled = false;
    fault.textContent = said ?? "";
  }

  function cancel() {
    form.remove();
    opener.focus();
  }

  ui.panel?.remove();
  ui.panel = form;
  opener.parentNode.after(form);
  (form.querySelector("input, textarea") ?? submit).focus();
}
