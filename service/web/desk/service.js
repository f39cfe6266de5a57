// The moderation API, as the desk asks it. Nothing else in the desk speaks HTTP.

import { facts, language, say } from "./words.js";
import { store } from "./store.js";

/** Who is signed in: name, role, site, title; null until that is known, false when nobody is. */
export const session = store(null);

/** The site as its owner made it: title, the reasons that it has added. */
export const site = store(null);

const RUN = crypto.randomUUID(); // this window: what is read in another one isn't given to it
const PATIENCE = 15_000;
let waiting = [];

/** An answer that says no, or none at all. */
export class Refusal extends Error {
  constructor(status, problem = {}) {
    super(problem.title ?? say("desk.away"));
    this.status = status;
    this.code = problem.code ?? "away";
    this.errors = problem.errors ?? {};
    this.current = problem.current;
    this.claimedBy = problem.claimed_by;
  }

  /** All that it says, in one piece. */
  get sentences() {
    const told = Object.values(this.errors).flat();
    return told.length ? told : [this.message];
  }
}

/** Ask, and wait for whoever has to sign in again first. Null where the answer has no body. */
export async function ask(method, path, body, how) {
  for (;;) {
    const answer = await send(method, path, body, how);
    if (answer.status === 403 && (await isForged(answer)) && (await isSameAgain())) continue;
    if (answer.status === 401 && session.value !== null) {
      if (session.value) session.set(false); // the first to hear of it; others wait along
      await new Promise((resolve) => waiting.push(resolve));
      continue;
    }
    return read(answer);
  }
}

const isForged = async (answer) => (await answer.clone().json().catch(() => ({}))).code === "csrf";

/** Somebody has signed in anew in another tab. The same person on the same site goes on; for anybody else the page begins anew. */
async function isSameAgain() {
  const answer = await send("GET", "/desk/session");
  if (answer.status !== 200) return answer.status === 401;
  const now = await answer.json();
  const before = session.value;
  if (!before || now.csrf_token === before.csrf_token) return false;
  if (now.site !== before.site || now.name !== before.name) return location.reload();
  session.set(now);
  return true;
}

export const get = (path, query) => ask("GET", path + asQuery(query));
export const post = (path, body = {}) => ask("POST", path, body);
export const put = (path, body, how) => ask("PUT", path, body, how);
export const remove = (path, options) => ask("DELETE", path, undefined, options);

/** `?a=1&b=2` of what is given, a list as one pair for each; what is empty is left out. */
export function asQuery(given = {}) {
  const each = Object.entries(given).flatMap(([name, value]) => [value].flat().map((one) => [name, one]));
  const pairs = each.filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(pairs).toString();
  return query ? `?${query}` : "";
}

/** Where a file of the service is, for links. */
export const address = (path) => facts.root + path;

export async function findSession() {
  const answer = await send("GET", "/desk/session");
  session.set(answer.status === 401 ? false : await read(answer));
  if (session.value) site.set(await get(`/v1/moderation/sites/${session.value.site}`));
}

/** Let in again, and let those go on who were asking. */
export async function signIn(token) {
  session.set(await read(await send("POST", "/desk/session", { token })));
  const resolves = waiting;
  waiting = [];
  resolves.forEach((resolve) => resolve());
}

export async function signOut(everywhere) {
  await ask("DELETE", `/desk/session${everywhere ? "?everywhere=true" : ""}`);
  location.reload();
}

async function send(method, path, body, { keepalive = false, key, seen } = {}) {
  const headers = { "Accept": "application/json", "Accept-Language": language, "X-Run-ID": RUN };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key; // an answer that is lost is asked for again, not the act done again
  if (seen !== undefined) headers["If-Match"] = String(seen);
  if (session.value) headers["X-CSRF-Token"] = session.value.csrf_token;
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    return await fetch(address(path), { method, headers, keepalive, signal, body: body && JSON.stringify(body) });
  } catch {
    throw new Refusal(0);
  }
}

async function read(answer) {
  const document = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, document);
  return document;
}

const ROLES = {
  decide: ["moderator", "editor", "owner", "service"],
  know: ["moderator", "editor", "owner"],
  edit: ["editor", "owner"],
  audit: ["editor", "owner", "auditor"],
  oversee: ["owner", "auditor"],
  own: ["owner"],
};

/** Whether the role may do that; the service has the last word. */
export const may = (what) => ROLES[what].includes(session.value?.role);
