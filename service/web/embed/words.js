// Sentences, numbers and times in one language.

const DAY = 864e5;
const UNITS = { day: DAY, hour: 36e5, minute: 6e4, second: 1e3 };

/** The voice of one language: `say` gives text, `tell` gives nodes, for sentences with elements in them. */
export function voice(language, words) {
  const number = new Intl.NumberFormat(language);
  const plural = new Intl.PluralRules(language);
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const date = (timeStyle) => new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle });
  const day = date();
  const minute = date("short");
  const fill = (fact) => (fact === +fact ? number.format(fact) : fact);

  function tell(key, facts = {}) {
    const found = words[key] ?? WORDS[key];
    const sentence = found[plural.select(facts.count ?? 0)] ?? found.other ?? found;
    return sentence.split(/\{(\w+)\}/).map((part, at) => (at % 2 ? fill(facts[part]) : part));
  }

  return {
    language,
    direction: words.dir,
    family: (start) => Object.keys(words).filter((key) => key.startsWith(start)),
    tell,
    say: (key, facts) => tell(key, facts).join(""),
    exact: (time) => minute.format(new Date(time)),
    /** "3 hours ago"; after a week, the day. */
    ago(time) {
      const past = Math.max(Date.now() - new Date(time), 0);
      if (past > 7 * DAY) return day.format(new Date(time));
      const [unit, length] = Object.entries(UNITS).find(([, length]) => past >= length) ?? ["second", 1e3];
      return relative.format(-Math.floor(past / length), unit);
    },
  };
}
