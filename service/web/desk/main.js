// The frame: who is here, where one can go, and the page that is asked for.

import { render } from "preact";
import { useEffect, useErrorBoundary, useState } from "preact/hooks";

import { asQuery, findSession, may, session, signIn, signOut } from "./service.js";
import { facts, language, number, say } from "./words.js";
import { Act, Dialog, Field, Heading, Notes, fault, html } from "./parts.js";
import { AuditPage } from "./audit.js";
import { AuditsPage } from "./audits.js";
import { LearningPage } from "./learning.js";
import { AuthorPage } from "./author.js";
import { BanListPage } from "./banlist.js";
import { BansPage } from "./bans.js";
import { CampaignsPage } from "./campaigns.js";
import { CommentPage } from "./detail.js";
import { ListPage } from "./lists.js";
import { NoticesPage } from "./notices.js";
import { NumbersPage } from "./numbers.js";
import { PeoplePage } from "./people.js";
import { PolicyPage } from "./policy.js";
import { RunPage } from "./run.js";
import { active, keysOn, useKeys } from "./keys.js";
import { counts, watchCounts } from "./counts.js";
import { useStore } from "./store.js";

const LISTS = ["awaiting", "reported", "published", "rejected_by_machine", "rejected_by_people", "overdue"];

/** `#/list/awaiting?q=…` as `{ path: ["list", "awaiting"], query: { q: "…" } }`. */
function place() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path ? path.split("/").map(decoded) : [], query: Object.fromEntries(new URLSearchParams(query)) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function usePlace() {
  const [found, set] = useState(place);
  useEffect(() => {
    const look = () => set(place());
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return found;
}

/** A page that breaks is told as such: the frame stays, and so does what the others hold. */
function Safely({ children }) {
  const [error] = useErrorBoundary((broken) => console.error(broken));
  return error ? html`<p class="nothing" role="alert">${say("desk.broken")}</p>` : children;
}

function Page({ path: [first = may("decide") ? "run" : "list", second], query }) {
  switch (first) {
    case "run":
      return html`<${RunPage} key=${JSON.stringify(query)} filters=${query} />`;
    case "list": {
      const list = LISTS.includes(second) ? second : "awaiting";
      const go = (asked) => (location.hash = `#/list/${list}${asQuery(asked)}`);
      return html`<${ListPage} key=${list} list=${list} query=${query} go=${go} />`;
    }
    case "comment":
      return html`<${CommentPage} key=${second} id=${second} />`;
    case "author":
      return html`<${AuthorPage} key=${second} id=${second} />`;
    default: {
      const Found = PAGES[first];
      return Found ? html`<${Found} key=${first} />` : html`<${Heading}>${say("desk.no_page")}<//>`;
    }
  }
}

const PAGES = { campaigns: CampaignsPage, notices: NoticesPage, bans: BansPage, ban: BanListPage, policy: PolicyPage, people: PeoplePage, numbers: NumbersPage, learning: LearningPage, audits: AuditsPage, audit: AuditPage };
const MAY = { run: "decide", people: "own", notices: "own", audits: "oversee", audit: "audit" };

function Navigation({ here, close }) {
  const found = useStore(counts);
  const link = (where, words, count) => (MAY[where] && !may(MAY[where]) ? null : html`<li key=${where}><a href=${`#/${where}`} aria-current=${here === where ? "page" : undefined} onClick=${close}>
    <span>${words}</span>${count > 0 && html`<span class="count">${count >= 1000 ? `${number(999)}+` : number(count)}</span>`}</a></li>`);
  return html`<nav aria-label=${say("desk.title")}>
    <ul>${link("run", say("desk.run"), 0)}${link("campaigns", say("desk.campaigns"), 0)}</ul>
    <ul>${LISTS.map((list) => link(`list/${list}`, say(`desk.list.${list}`), ["published", "rejected_by_machine", "rejected_by_people"].includes(list) ? 0 : found[list]))}</ul>
    <ul>${["bans", "policy", "people", "notices", "numbers", "learning", "audits", "audit"].map((where) => link(where, say(`desk.${where}`)))}</ul>
  </nav>`;
}

function Desk() {
  const who = useStore(session);
  const { path, query } = usePlace();
  const [open, show] = useState(null);
  const [last, keep] = useState(who);
  useEffect(() => who && keep(who), [who]);
  useEffect(() => (who ? watchCounts() : undefined), [Boolean(who)]);
  useKeys({
    "?": { does: say("desk.help"), act: () => show(open === "help" ? null : "help") },
    g: { does: say("desk.run"), act: () => (location.hash = "#/run") },
    l: { does: say("desk.lists"), act: () => (location.hash = "#/list/awaiting") },
  });
  if (!last) return null;
  const here = path.slice(0, 2).join("/") || "run";
  return html`<a class="skip" href="#main" onClick=${(event) => (event.preventDefault(), document.getElementById("main").focus())}>${say("desk.skip")}</a>
    <header class="top">
      <${Act} kind="menu" aria-expanded=${open === "menu" ? "true" : "false"} aria-controls="side" onClick=${() => show(open === "menu" ? null : "menu")}>${say("desk.menu")}<//>
      <p class="site" dir="auto">${last.title || last.site}</p>
      <details class="who"><summary><bdi>${last.name || say(`desk.role.${last.role}`)}</bdi></summary><div>
        <p class="quiet">${say(`desk.role.${last.role}`)}</p>
        ${facts.languages.filter((each) => each !== language).map((each) => html`<p><a href=${`?lang=${each}`} lang=${each} hreflang=${each} onClick=${(event) => (event.currentTarget.href = `?lang=${each}${location.hash}`)}>${say(`desk.language.${each}`)}</a></p>`)}
        <p><${Act} kind="plain" hint="?" onClick=${() => show("help")}>${say("desk.help")}<//></p>
        <p><${Act} kind="plain" onClick=${() => signOut(false).catch(fault)}>${say("desk.sign_out")}<//></p>
        <p><${Act} kind="plain" onClick=${() => signOut(true).catch(fault)}>${say("desk.sign_out_everywhere")}<//></p></div></details>
    </header>
    <div id="side" class=${open === "menu" ? "open" : ""}><${Navigation} here=${here} close=${() => show(null)} /></div>
    <main id="main" tabindex="-1"><${Safely} key=${path.join("/")}><${Page} path=${path} query=${query} /><//></main>
    <${Notes} />
    ${open === "help" && html`<${Help} close=${() => show(null)} />`}
    ${who === false && html`<${SignIn} />`}`;
}

function Help({ close }) {
  const on = useStore(keysOn);
  const [keys] = useState(active);
  useKeys({ "?": { act: close } });
  return html`<${Dialog} title=${say("desk.help")} close=${close}>
    <dl class="keys">${[...keys].map(([key, does]) => html`<div key=${key}><dt><kbd>${key === "Escape" ? "Esc" : key}</kbd></dt><dd>${does}</dd></div>`)}</dl>
    <label class="radio"><input type="checkbox" checked=${on} onChange=${(event) => keysOn.set(event.target.checked)} /> ${say("desk.keys_on")}</label>
  <//>`;
}

/** The session is over: sign in again, where one was. What was typed stays. */
function SignIn() {
  const [token, type] = useState("");
  const [refusal, refuse] = useState(null);
  const send = (event) => {
    event.preventDefault();
    signIn(token).catch(refuse);
  };
  return html`<${Dialog} title=${say("desk.sign_in_again")}><form onSubmit=${send}>
    <${Field} id="token" label=${say("desk.token")} faults=${refusal?.sentences}>${(field) => html`<input type="password" required autocomplete="current-password" ...${field} value=${token} onInput=${(event) => type(event.target.value)} />`}<//>
    <button class="main">${say("desk.sign_in")}</button></form><//>`;
}

const root = document.getElementById("desk");
findSession().then(() => (session.value ? render(html`<${Desk} />`, root) : location.reload()), (refusal) => {
  root.textContent = refusal.message;
});
