// Sentences, numbers and times in the page's language. The page brings them along.

const read = (id) => JSON.parse(document.getElementById(id).textContent);

export const language = document.documentElement.lang;
export const facts = read("facts");
const words = read("words");

const whole = new Intl.NumberFormat(language);
const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });
const score = new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const plural = new Intl.PluralRules(language);
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const minute = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short" });
const MINUTE = 60, HOUR = 3600, DAY = 86400;

export const number = (value) => whole.format(value);
export const percent = (value) => share.format(value);
export const asScore = (value) => score.format(value);
export const knows = (key) => key in words;

/** The sentence in pieces, its facts between them: they may be elements. */
export function tell(key, given = {}) {
  const found = words[key];
  if (found === undefined) throw new Error(`no words for ${key}`);
  const sentence = typeof found === "string" ? found : (found[plural.select(given.count ?? 0)] ?? found.other);
  return sentence.split(/\{(\w+)\}/).map((part, at) => {
    if (at % 2 === 0) return part;
    const fact = given[part];
    return typeof fact === "number" ? number(fact) : fact;
  });
}

export const say = (key, given) => tell(key, given).join("");

/** A decision's reason in words; one of the site's own may have none here. */
export const reasonWords = (reason) => (knows(`decision.${reason}`) ? say(`decision.${reason}`) : reason);

export const onDay = (time) => day.format(new Date(time));
export const exactly = (time) => minute.format(new Date(time));

/** "3 hours ago"; after a week, the day. */
export function ago(time) {
  const past = Math.max((Date.now() - new Date(time)) / 1000, 0);
  if (past > 7 * DAY) return onDay(time);
  const [unit, length] = past >= DAY ? ["day", DAY] : past >= HOUR ? ["hour", HOUR] : past >= MINUTE ? ["minute", MINUTE] : ["second", 1];
  return relative.format(-Math.floor(past / length), unit);
}

/** "3 h 20 min", for figures. */
export function lasting(seconds) {
  if (seconds < MINUTE) return say("desk.seconds", { count: Math.round(seconds) });
  if (seconds < HOUR) return say("desk.minutes", { count: Math.round(seconds / MINUTE) });
  if (seconds < 2 * DAY) return say("desk.hours", { count: Math.floor(seconds / HOUR), minutes: Math.round((seconds % HOUR) / MINUTE) });
  return say("desk.days", { count: Math.round(seconds / DAY) });
}
