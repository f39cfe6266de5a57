// Whom the house tells what happens: people by mail, programs by webhook.

import { say } from "./words.js";
import { Heading, html } from "./parts.js";
import { Mailboxes } from "./mailboxes.js";
import { Webhooks } from "./webhooks.js";

export const NoticesPage = () => html`<${Heading}>${say("desk.notices")}<//><${Mailboxes} /><${Webhooks} />`;
