// What the server keeps of typed or pasted text (tidy_text in api/security/text.py), so that a
// counter shows what the server will count. A test compares the two.

const JOINING =
  "\\u0600-\\u08ff\\u0900-\\u0dff\\u0f00-\\u109f\\u1780-\\u18af\\u1900-\\u1c7f\\ua800-\\ua82f\\ua840-\\ua8ff\\ua930-\\ua9df" +
  "\\uaa60-\\uaa7f\\uabc0-\\uabff\\ufb50-\\ufdff\\ufe70-\\ufefc\\u{10a00}-\\u{11fff}";
const PICTURES = "\\u00a9\\u00ae\\u2190-\\u2bff\\u3030\\u303d\\u3297\\u3299\\u{1f000}-\\u{1faff}";
const SELECTORS = "\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}";
const BLANK = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const all = (pattern) => new RegExp(pattern, "gu");
const one = (pattern) => new RegExp(pattern, "u");

const NOISE = all(
  "[\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u200b\\u2060-\\u2065\\u206a-\\u206f\\u3164\\ufeff\\uffa0\\ufff0-\\ufffc" +
    "\\u{1bca0}-\\u{1bca3}\\u{1d159}\\u{1d173}-\\u{1d17a}\\u{e0080}-\\u{e00ff}\\u{e01f0}-\\u{e0fff}]",
);
const TAGS = all("(\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{1,6}\\u{e007f})|[\\u{e0000}-\\u{e007f}]");
const OUT_OF_PLACE = all(
  `(?<![${JOINING}])\\u200c` +
    `|(?<![${JOINING}${PICTURES}\\ufe0f])\\u200d|(?<=[${PICTURES}\\ufe0f])\\u200d(?![${PICTURES}])` +
    `|(?:(?<=[A-Za-z${BLANK}\\u200c\\u200d${SELECTORS}])|^)[${SELECTORS}]` +
    "|(?<![\\u1810-\\u18af])[\\u180b-\\u180f]" +
    "|(?<![\\u{13000}-\\u{13fff}])[\\u{13430}-\\u{1345f}]",
);
const RIGHT_TO_LEFT = one(
  "[\\u0590-\\u061b\\u061d-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}]",
);
const MARKS = all("[\\u061c\\u200e\\u200f]");
const TURNING = all("[\\u202a-\\u202e\\u2066-\\u2069]");
const EMPTY_TURN = all("[\\u2066-\\u2068]\\u2069|[\\u202a-\\u202e]\\u202c");
const LINE_BREAKS = all("\\r\\n|[\\r\\x0b\\x0c\\x85\\u2028\\u2029]");
const ENDS = all(`^[${BLANK}]+|[${BLANK}]+$`);
const VISIBLE = one("[\\p{L}\\p{N}\\p{P}\\p{S}]");
const REFUSED = one("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff]|\\p{Noncharacter_Code_Point}");

const untilSame = (text, change) => {
  for (;;) {
    const changed = change(text);
    if (changed === text) return text;
    text = changed;
  }
};

const withoutNoise = (text) =>
  untilSame(text, (some) => some.replace(NOISE, "").replace(TAGS, "$1").replace(OUT_OF_PLACE, "")).normalize();

const closes = (line) => {
  const opened = [];
  for (const mark of line.match(TURNING) ?? []) {
    if (mark === "\u2069") {
      if (!/[\u2066-\u2068]/.test(opened.pop())) return false;
    } else if (mark === "\u202c") {
      if (!/[\u202a\u202b\u202d\u202e]/.test(opened.pop())) return false;
    } else opened.push(mark);
  }
  return !opened.length;
};

const balanced = (text) => {
  if (!RIGHT_TO_LEFT.test(text)) text = text.replace(MARKS, "");
  if (text.search(TURNING) < 0) return text;
  const lines = text.split("\n").map((line) => (closes(line) ? line : line.replace(TURNING, "")));
  return untilSame(lines.join("\n"), (some) => some.replace(EMPTY_TURN, ""));
};

export const tidy = (typed) => {
  const text = withoutNoise(typed).replaceAll("\u2800", " ").replace(LINE_BREAKS, "\n");
  const kept = withoutNoise(balanced(text)).replace(ENDS, "");
  return VISIBLE.test(kept) || REFUSED.test(kept) ? kept : "";
};

// Shows how much of a field is used, in its counter's words.
export const count = (field, words, language) => {
  const number = new Intl.NumberFormat(language, { useGrouping: "always" });
  const say = (text, many) => text.replace("{}", number.format(many));
  const used = [...tidy(field.value)].length; // characters, not their halves
  const over = used - words.dataset.most;
  words.textContent = say(words.dataset.words, used) + (over > 0 ? say(words.dataset.over, over) : "");
  words.ariaLive = over > 0 ? "polite" : "off";
};
