// Telling the moderators about a comment.

import { button, h } from "./dom.js";
import { openPanel } from "./panel.js";
import { ask, why } from "./service.js";

const NOTE = 1000; // characters

/** The button that opens the reasons; who has used it on this device is told so. */
export const reportAct = (ui, item) =>
  ui.device.hasReported(item.id)
    ? h("span.done", ui.say("embed.reported"))
    : button(ui.say("page.report"), (event) => report(ui, item, event.target), { "aria-label": ui.say("page.report_of", item) });

function report(ui, item, opener) {
  const reasons = ui.family("report.").map((key) =>
    h("label.choice", h("input", { type: "radio", name: "reason", value: key.slice(7) }), " ", ui.say(key)));
  const note = h("textarea.input", { rows: 2, maxlength: NOTE, dir: "auto" });
  const content = [h("fieldset", h("legend", ui.say("page.report_reason")), reasons), h("label.field", ui.say("page.report_note"), note)];
  openPanel(ui, opener, content, ui.say("page.report_send"), async (form) => {
    const reason = form.querySelector(":checked")?.value;
    const answer = await ask(ui, "POST", `${ui.site}/comments/${item.id}/reports`, { reason, note: note.value });
    if (!answer.ok) return why(ui, answer);
    ui.device.keepReported(item.id);
    ui.show(item);
    ui.land(item.id, answer.data.message);
  });
}
