// Undersigned's form on any site: defines <undersigned-campaign>, and in its frame drives the form.

const HOME = new URL(import.meta.url).origin;
const STYLE = "/assets/widget.css";
const TYPED = "/assets/typed.js";
const EVENTS = { details: "ready", place: "ambiguous", letters: "preview", sent: "submitted" };
const KINDS = [...Object.values(EVENTS), "invalid", "share", "error"];
const FIELDS = { given_name: 100, family_name: 100, email: 254, zip: 10 }; // the most characters of each
const SURFACES = { light: "#ffffff", dark: "#1a222a" };
const THEME = ["accent", "on-accent", "color", "border", "error", "focus", "font", "radius"];
const READABLE = [["color", "ink", 4.5], ["error", "error", 4.5], ["border", "edge", 3], ["focus", "focus", 3]];

const home = (address) => new URL(address, HOME);
const typed = () => import(home(TYPED));

// Answers behind the #: no server sees them. A plus in an address is a plus.
const answers = location.hash.slice(1).replace(/\bemail=[^&]*/g, (email) => email.replaceAll("+", "%2B"));
const given = Object.entries(Object.fromEntries(new URLSearchParams(answers))).filter(([name]) => Object.hasOwn(FIELDS, name));
if (given.length) history.replaceState(history.state, "", location.pathname + location.search);

// Trusted Types let an answer be a document, but no text nodes.
const fetchMain = (address, body) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(body ? "POST" : "GET", home(address));
    request.responseType = "document";
    request.timeout = 20_000;
    request.onloadend = () => {
      const main = request.response?.querySelector("main[data-step]");
      main ? resolve(document.importNode(main, true)) : reject();
    };
    request.send(body);
  });

// The form, framed (root is the document) or inline (a shadow root).
function drive(root, main, say) {
  const find = (selector) => main.querySelector(selector);
  const all = (selector) => [...main.querySelectorAll(selector)];
  const byId = (id) => id && find(`[id="${CSS.escape(decodeURIComponent(id))}"]`);
  const tell = (kind) => say(kind ?? (find(".summary") ? "invalid" : EVENTS[main.dataset.step] ?? "error"), main.dataset);
  const framed = root === document;
  const screens = []; // in a frame, the back button leads through them

  const focus = (element) => {
    if (element?.localName === "details") {
      element.open = true;
      element = element.firstElementChild;
    }
    if (element?.tabIndex < 0) element.tabIndex = -1;
    element?.focus();
  };

  const keep = (from) => {
    screens.push({ nodes: [...from.childNodes], data: { ...from.dataset }, lang: from.lang });
    return screens.at(-1);
  };

  const help = () => {
    for (const link of all('[href^="/"]')) link.href = home(link.getAttribute("href"));
    for (const button of all("[data-copy]")) button.parentElement.hidden = false;
    for (const button of all("[data-share]")) button.parentElement.hidden = !navigator.share;
  };

  const show = ({ nodes, data, lang }, id) => {
    main.replaceChildren(...nodes);
    Object.assign(main.dataset, data);
    main.lang = lang;
    if (framed) {
      document.title = data.title;
      document.documentElement.lang = lang;
    }
    help();
    focus(byId(id) || find(".summary") || find("[role=alert]:not([hidden])") || find("h1"));
  };

  const fail = (words) => {
    const away = find(".away");
    if (words) away.firstElementChild.textContent = words;
    away.hidden = false;
    focus(away);
    tell("error");
  };

  const go = async (address, body) => {
    if (main.ariaBusy === "true") return;
    main.ariaBusy = "true";
    try {
      const next = await fetchMain(address, body);
      // What was typed stays.
      if (next.dataset.step === "error") return fail(next.querySelector(".lede").textContent);
      const screen = keep(next);
      if (framed) history.pushState(screens.length - 1, "");
      show(screen, home(address).hash.slice(1));
      tell();
    } catch {
      fail();
    } finally {
      main.ariaBusy = "false";
    }
  };

  root.addEventListener("submit", (event) => {
    const { target: form, submitter: button } = event;
    if (button?.formTarget) return; // to the hosted page
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    if (button?.name) body.append(button.name, button.value);
    go(button?.getAttribute("formaction") ?? form.getAttribute("action"), body);
  });

  root.addEventListener("click", (event) => {
    const at = event.target.closest("a, button");
    const href = at?.getAttribute("href") ?? "";
    const { copy, share: url, title, text } = at?.dataset ?? {};
    if (at?.closest(".share")) tell("share");
    if (url) navigator.share({ url, title, text }).catch(() => {});
    if (copy) {
      const said = at.nextElementSibling;
      byId(copy).select();
      if (document.execCommand("copy")) {
        at.focus();
        said.textContent = said.dataset.said;
      }
    }
    if (href[0] !== "#") return;
    focus(byId(href.slice(1)));
    event.preventDefault();
  });

  root.addEventListener("input", async ({ target }) => {
    const words = find(`[data-counts="${CSS.escape(target.id)}"]`);
    if (words) (await typed()).count(target, words, main.lang);
  });

  // As the server would take it: what is too long is left out.
  const fillIn = async () => {
    const { tidy } = await typed();
    for (const [name, value] of given) {
      const field = find(`#${name}`);
      const kept = tidy(value).replace(/\s+/g, " ");
      if (field && !field.value && [...kept].length <= FIELDS[name]) field.value = kept;
    }
  };

  if (framed) {
    history.replaceState(0, "");
    addEventListener("popstate", ({ state }) => screens[state] && show(screens[state]));
  }
  if (given.length) fillIn();
  keep(main);
  help();
  tell();
}

// Values, never CSS.
function themeOf(element) {
  const style = getComputedStyle(element);
  const dark = style.colorScheme === "dark" || (/dark/.test(style.colorScheme) && matchMedia("(prefers-color-scheme: dark)").matches);
  const values = THEME.map((name) => [name, style.getPropertyValue(`--undersigned-${name}`).trim()]);
  return { ...Object.fromEntries(values), scheme: dark ? "dark" : "light" };
}

const luminance = (hex) =>
  [0.2126, 0.7152, 0.0722].reduce((sum, weight, place) => {
    const part = parseInt(hex.substr(1 + 2 * place, 2), 16) / 255;
    return sum + weight * (part > 0.04045 ? ((part + 0.055) / 1.055) ** 2.4 : part / 12.92);
  }, 0.05);

// The contrast of WCAG 2, NaN where one is no colour.
const contrast = (one, other) => {
  const ratio = luminance(one) / luminance(other);
  return Math.max(ratio, 1 / ratio);
};

function paint(main, theme) {
  const surface = SURFACES[theme.scheme] ?? SURFACES.light;
  const set = (token, value) => main.style.setProperty(`--${token}`, value);
  const color = (name) => (/^#[\da-f]{6}$/i.test(theme[name]) ? theme[name] : "");
  const accent = color("accent");
  const on = color("on-accent") || (contrast(accent, "#ffffff") < 4.5 ? "#000000" : "#ffffff");
  if (Math.min(contrast(accent, surface), contrast(accent, on)) >= 4.5) {
    set("accent", accent);
    set("accent-strong", accent);
    set("on-accent", on);
  }
  for (const [name, token, least] of READABLE) {
    if (contrast(color(name), surface) >= least) set(token, theme[name]);
  }
  if (/^[\w\s"',-]+$/.test(theme.font)) set("sans", theme.font);
  if (/^[\d.]+(px|r?em)$/.test(theme.radius)) set("radius", theme.radius);
  main.dataset.scheme = theme.scheme;
}

class UndersignedCampaign extends HTMLElement {
  connectedCallback() {
    addEventListener("message", this);
    const src = home(this.getAttribute("src"));
    this.slug = src.pathname.match(/^\/c\/([a-z\d-]+)$/)?.[1];
    if (this.root || !this.slug || src.origin !== HOME) return; // the link inside stays
    this.url = home(`/embed/${this.slug}`);
    for (const name of ["partner", "lang", "ref"]) {
      const value = this.getAttribute(name) ?? src.searchParams.get(name);
      if (value) this.url.searchParams.set(name, value);
    }
    this.root = this.attachShadow({ mode: "open" });
    this.root.append(document.createElement("slot"));
    if (this.getAttribute("mode") === "inline") this.inline().catch(() => this.frame());
    else this.frame();
  }

  disconnectedCallback() {
    removeEventListener("message", this);
  }

  // Rejects where our server or this page does not allow it.
  async inline() {
    const [style, main] = await Promise.all([fetch(home(STYLE)).then((answer) => answer.text()), fetchMain(this.url)]);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    this.root.adoptedStyleSheets = [sheet];
    main.role = "region";
    main.ariaLabel = this.getAttribute("label") || main.dataset.title;
    // Many sites set a small rem.
    main.style.zoom = Math.max(1, 16 / parseFloat(getComputedStyle(document.documentElement).fontSize));
    paint(main, themeOf(this));
    this.root.replaceChildren(main);
    drive(this.root, main, (kind, { step, count }) => this.tell(kind, step, count));
  }

  frame() {
    const frame = (this.inner = document.createElement("iframe"));
    if (navigator.share) frame.allow = "web-share";
    frame.title = this.getAttribute("label") || this.textContent.trim() || this.slug;
    Object.assign(frame.style, { display: "block", width: "100%", height: 0, border: 0, colorScheme: "light" });
    frame.src = `${this.url}#${new URLSearchParams(given)}`.replaceAll("+", "%20");
    frame.onload = () => frame.contentWindow.postMessage({ kind: "hello", theme: themeOf(this) }, HOME);
    this.root.append(frame);
  }

  handleEvent({ source, origin, data }) {
    if (!this.inner || source !== this.inner.contentWindow || origin !== HOME) return;
    const { kind, height, step, count } = data;
    if (height > 0) this.inner.style.height = `${Math.min(height, 30_000)}px`;
    if (KINDS.includes(kind)) this.tell(kind, step, count);
    // The form is there: no link is needed.
    this.root.firstElementChild.hidden = true;
  }

  tell(kind, step, count) {
    const detail = { campaign: this.slug, step: `${step}`, counts: count > 0 ? { letters: +count } : {} };
    this.dispatchEvent(new CustomEvent(`undersigned:${kind}`, { bubbles: true, composed: true, detail }));
  }
}

const main = document.querySelector("main[data-step]");
if (main && location.origin === HOME) {
  let host; // the page around us, once it has greeted
  let first, width, outer, changes;
  const post = (message) => host && parent.postMessage(message, host);
  addEventListener("message", ({ source, origin, data }) => {
    if (host || source !== parent || data?.kind !== "hello") return;
    host = origin;
    paint(main, data.theme);
    new ResizeObserver(() => {
      const { offsetWidth, offsetHeight: height } = main;
      // After the first screen, many widths would reveal line breaks, and so whom the letters go to.
      // The count starts again for each width of the window, which may be known late.
      if (outerWidth !== outer) changes &&= 0;
      outer = outerWidth;
      if (offsetWidth !== width && ++changes > 3) return;
      width = offsetWidth;
      post({ height });
    }).observe(main);
    post(first);
  });
  drive(document, main, (kind, { step, count }) => {
    const message = { kind, step, count };
    if (first) changes = 0;
    first ??= message;
    post(message);
  });
} else if (!customElements.get("undersigned-campaign")) {
  customElements.define("undersigned-campaign", UndersignedCampaign);
}
