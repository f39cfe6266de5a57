// <moderato-comments site="…" article="…">: when it wakes, what it loads, what it says aloud.

import { drawn } from "./comment.js";
import { device } from "./device.js";
import { button, h } from "./dom.js";
import { commentForm } from "./form.js";
import { follow } from "./own.js";
import { ask, isThere, why } from "./service.js";
import { threads } from "./threads.js";
import { voice } from "./words.js";

const PAGE = 50;
const style = new CSSStyleSheet();
style.replaceSync(STYLE);

class Comments extends HTMLElement {
  base = new URL(".", import.meta.url).href;
  followed = {}; // by id, who looks after the author's own comments

  connectedCallback() {
    if (this.shadowRoot) return;
    this.attachShadow({ mode: "open" }).adoptedStyleSheets = [style];
    const near = new IntersectionObserver((seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      near.disconnect();
      this.wake();
    }, { rootMargin: "600px" });
    if (location.hash.startsWith("#c-")) this.wake(); // whoever follows a link to a comment is not there yet
    else near.observe(this);
  }

  async wake() {
    await this.learn(this.closest("[lang]")?.lang.slice(0, 2).toLowerCase());
    const site = this.getAttribute("site");
    const article = this.getAttribute("article");
    this.site = "v1/sites/" + encodeURIComponent(site);
    this.path = `${this.site}/articles/${encodeURIComponent(article)}`;
    this.device = device(site, article);
    this.article = whereabouts();
    this.newest = this.getAttribute("order") === "newest";
    this.seats = threads((item, seat) => drawn(this, item, seat));
    this.build();
    await this.load({});
    this.setAttribute("loaded", "");
    this.open();
    window.addEventListener("hashchange", () => this.open());
    setInterval(() => document.hidden || this.tick(), 6e4);
  }

  /** The words are here in one language; another's are fetched, if there are any. */
  async learn(language) {
    let spoken = { language: LANGUAGE, words: WORDS };
    if (language && language !== LANGUAGE) {
      const answer = await ask(this, "GET", `embed/words/${language}.json`);
      if (answer.ok) spoken = { language, words: answer.data };
    }
    Object.assign(this, voice(spoken.language, spoken.words));
  }

  build() {
    const { say } = this;
    const privacy = this.getAttribute("privacy");
    this.privacy = privacy && h("a", { href: privacy }, say("embed.privacy"));
    this.heading = h("h2.title", { id: "title" }, say("page.comments"));
    this.bar = h("p.bar");
    this.news = h("p.quiet.news", say("embed.loading"));
    this.more = button(say("page.comments_next"), () => this.load({ cursor: this.next }), { hidden: true });
    this.more.className = this.more.part = "more";
    this.formPlace = h("div");
    this.live = h("p.unseen", { role: "status" });
    this.shadowRoot.append(h("section", { lang: this.language, dir: this.direction, "aria-labelledby": "title" },
      this.heading, this.bar, this.news, this.seats.list, this.more, this.formPlace, this.live));
  }

  /** One page of comments: the first, that after a cursor, or that which begins at a comment. */
  async load(place) {
    const { say, newest } = this;
    const asked = new URLSearchParams({ limit: PAGE, order: newest ? "newest" : "oldest", ...place });
    this.turn = asked; // what is asked last is shown, in whatever order the answers come
    const answer = await ask(this, "GET", `${this.path}/comments?${asked}`);
    if (this.turn !== asked) return;
    if (!answer.ok) {
      if (place.cursor) this.more.before(this.news);
      const isRefused = !answer.status && (await isThere(this.base)); // an origin that is not the site's sees no answer
      this.news.replaceChildren(isRefused ? say("problem.origin") : why(this, answer), " ", button(say("embed.again"), () => this.load(place)));
      this.announce(this.news.textContent);
      return;
    }
    const { comments, count, next, form } = answer.data;
    this.bar.after(this.news);
    if (!place.cursor) {
      this.writes?.comeHome();
      this.seats.clear();
    }
    const own = Object.fromEntries(this.device.own().map((each) => [each.id, each.receipt]));
    this.form = form;
    this.seats.add(comments.map((item) => ({ ...item, own: item.name && own[item.id] })), newest);
    this.next = next;
    this.more.hidden = !next;
    this.news.replaceChildren(...(place.at ? [button(say("page.comments_first"), () => this.load({}))] : count ? [] : [say("page.comments_empty")]));
    this.tally(count);
    if (!this.formPlace.firstChild && !this.writes) this.begin();
    if (!place.cursor) {
      for (const [id, receipt] of Object.entries(own)) follow(this, id, receipt, 0);
      return;
    }
    this.announce(say("embed.more", { count: comments.length }));
    this.seats.find(comments[0]?.id)?.drawn.focus({ preventScroll: true });
  }

  begin() {
    if (this.form.open) this.writes = commentForm(this);
    else this.formPlace.append(h("p.closed", this.say("page.closed")));
  }

  /** How many there are, and in which order they come. */
  tally(count) {
    this.count = count;
    this.heading.textContent = this.say(count ? "page.comments_count" : "page.comments", { count });
    const order = (newest, text) => button(text, async () => {
      this.newest = newest;
      await this.load({});
      this.bar.querySelector("[aria-pressed=true]")?.focus();
      this.announce(text);
    }, { "aria-pressed": "" + (newest === this.newest) });
    this.bar.replaceChildren(
      ...(count > 1 ? [order(false, this.say("page.order_oldest")), order(true, this.say("page.order_newest"))] : []),
      ...(count && this.form.open ? [button(this.say("page.form_title"), () => this.writes.answer())] : []));
  }

  /** Go to the comment that the address names, fetching its page if it is not here. */
  async open() {
    const id = location.hash.match(/^#c-([\da-f-]{36})$/)?.[1];
    if (!id || !this.isConnected) return;
    if (!this.seats.find(id)) await this.load({ at: id });
    const seat = this.seats.find(id);
    if (!seat) return;
    this.here?.classList.remove("here");
    this.here = seat.drawn;
    this.here.classList.add("here");
    this.here.scrollIntoView({ block: "center" });
    this.here.focus({ preventScroll: true });
  }

  /** The author's comment is in: shown to them, and followed. */
  sent(item) {
    const message = this.say("status.pending");
    this.device.keepOwn(item.id, item.own);
    this.news.textContent = "";
    this.show({ ...item, created_at: new Date().toISOString(), message });
    this.land(item.id, message);
    follow(this, item.id, item.own);
  }

  show(item) {
    this.seats.put(item, this.newest);
  }

  /** Go on from a comment, after something was done to it. */
  land(id, message) {
    this.lead(this.seats.find(id).drawn);
    this.announce(message);
  }

  /** Bring the reader there, unless they are busy elsewhere on the page. */
  lead(node) {
    if (document.activeElement === document.body || this.matches(":focus-within")) node.focus();
  }

  /** Say it aloud; also when the same was said before. */
  announce(text) {
    this.live.textContent = "";
    setTimeout(() => { this.live.textContent = text; }, 50);
  }

  tick() {
    for (const time of this.shadowRoot.querySelectorAll("[data-ago]")) time.textContent = this.ago(time.dateTime);
  }
}

/** Where the article is and what it is called, for the moderators: what the page says of itself. */
function whereabouts() {
  const here = location.href.split("#")[0];
  const canonical = document.querySelector("link[rel=canonical]")?.href;
  const url = canonical?.startsWith(location.origin + "/") ? canonical : here;
  return { article_url: /^http.{0,1990}$/.test(url) ? url : "", article_title: document.title.slice(0, 300).replace(/\p{C}/gu, "") };
}

if (!customElements.get("moderato-comments")) customElements.define("moderato-comments", Comments);
