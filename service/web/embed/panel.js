// A small form that opens under a comment: to edit it, to take it back, to report it.

import { button, h } from "./dom.js";

/** Opens under the row of its opener. `send(panel)` is called when it is sent; what it returns is said to the reader. */
export function openPanel(ui, opener, content, label, send) {
  const fault = h("p.fault", { role: "alert" });
  let busy;
  const submit = h("button.main", label);
  const form = h("form.panel", { novalidate: true, onsubmit }, content, fault, h("p.acts", submit, button(ui.say("embed.cancel"), cancel)));

  async function onsubmit(event) {
    event.preventDefault();
    if (busy) return;
    busy = true;
    const said = await send(form);
    busy = false;
    fault.textContent = said ?? "";
  }

  function cancel() {
    form.remove();
    opener.focus();
  }

  opener.parentNode.after(form);
  (form.querySelector("input, textarea") ?? submit).focus();
}
