// Asking the service. There is always an answer: if nobody gave one, its status is 0.

const PATIENCE = 2e4; // milliseconds

/** One request, answered in the reader's language. */
export async function ask(ui, method, path, body, headers) {
  try {
    const answer = await fetch(ui.base + path, {
      method,
      body: body && JSON.stringify(body),
      credentials: "omit",
      signal: AbortSignal.timeout(PATIENCE),
      headers: { "Accept-Language": ui.language, ...(body && { "Content-Type": "application/json" }), ...headers },
    });
    const { ok, status } = answer;
    const data = await answer.json().catch(() => null);
    if (data || !ok) return { ok, status, data: data ?? {} };
  } catch {
    // Nobody answered, or not in time.
  }
  return { status: 0, data: {} }; // also for what was cut off: it may have been done, and is asked again
}

/** Whether asking again, in a while, may help: nobody answered, or somebody who could not. */
export const isAway = ({ status }) => !status || status >= 500;

/** Why it failed: the service's own sentences, or what we make of its silence. */
export const why = (ui, answer) =>
  (!isAway(answer) && (Object.values(answer.data.errors ?? {}).flat().join(" ") || answer.data.title)) || ui.say("embed.away");

/** Whether the service is there at all, even if it says nothing to this page. */
export const isThere = (base) => fetch(base + "healthz", { mode: "no-cors" }).then(() => true, () => false);
