// What the browser adds to pages that work without it. Five things:
//
// 1. Regions. The answer to a form or link with data-into="ID" replaces the contents of #ID. Only that block is requested
//    (Desk-Region); focus, scroll position, open details and typed text are kept.
// 2. Live regions. An element with data-live="TOPIC …" is fetched again from data-from when one of its topics changes,
//    unless something in it is data-still: the user is editing it. The browser has one stream of changes, held by one tab
//    (a lock), which passes them on to the others; it begins where the page was made (data-seen), and the other tabs ask
//    once what they missed. With data-every="N" it is also fetched every N seconds: what it shows depends on the time.
// 3. Forms with data-auto are submitted shortly after the last change.
// 4. An element with data-load is fetched from there as soon as the page is shown: it would take too long for the page.
// 5. Files can be dropped on a .drop; a button with data-copy copies; "/" goes to the search of a page; a toolbar puts
//    marks around text.
//
// A form or button with data-into="problems" goes to the page of its answer; if it is refused, the page stays.

const prefix = document.documentElement.dataset.prefix;
const $ = (id) => document.getElementById(id);

// --- Regions

function remember(region) {
  const typed = new Map();
  for (const field of region.querySelectorAll("input, textarea, select")) {
    if (!field.name || field.type === "hidden" || field.type === "file") continue;
    const key = `${field.form?.id ?? ""} ${field.name} ${field.type === "radio" || field.type === "checkbox" ? field.value : ""}`;
    const changed = field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
      : field.tagName === "SELECT" ? [...field.options].some((each) => each.selected !== each.defaultSelected)
      : field.value !== field.defaultValue;
    if (changed) typed.set(key, field.type === "checkbox" || field.type === "radio" ? field.checked : field.value);
  }
  const open = [...region.querySelectorAll("details[open][id]")].map((each) => each.id);
  const shown = [...region.querySelectorAll("[popover]:popover-open")].map((each) => each.id);
  const scrolled = [...region.querySelectorAll("[id]")].filter((each) => each.scrollTop || each.scrollLeft)
    .map((each) => [each.id, each.scrollTop, each.scrollLeft]);
  const active = region.contains(document.activeElement) ? document.activeElement : null;
  return { typed, open, shown, scrolled, focus: active && {
    id: active.id, name: active.name, start: active.selectionStart, end: active.selectionEnd,
    at: [...region.querySelectorAll("a, button, input, select, textarea, summary")].indexOf(active),
  } };
}

function restore(region, before, keepTyped) {
  if (keepTyped) {
    for (const field of region.querySelectorAll("input, textarea, select")) {
      const boxed = field.type === "checkbox" || field.type === "radio";
      const key = `${field.form?.id ?? ""} ${field.name} ${boxed ? field.value : ""}`;
      if (before.typed.has(key)) field[boxed ? "checked" : "value"] = before.typed.get(key);
    }
  }
  for (const id of before.open) $(id)?.setAttribute("open", "");
  for (const id of before.shown) $(id)?.showPopover?.();
  for (const [id, top, left] of before.scrolled) $(id)?.scrollTo(left, top);
  if (before.focus) {
    const { id, name, start, end, at } = before.focus;
    const to = (id && $(id)) || (name && region.querySelector(`[name="${CSS.escape(name)}"]`))
      || region.querySelectorAll("a, button, input, select, textarea, summary")[at];
    to?.focus({ preventScroll: true });
    if (start != null && to?.setSelectionRange) try { to.setSelectionRange(start, end); } catch { /* no text */ }
  }
}

export function replace(id, html, { keepTyped = true } = {}) {
  const region = $(id);
  if (!region || region.innerHTML === html) return;
  const before = remember(region);
  region.innerHTML = html;
  restore(region, before, keepTyped);
  enhance(region);
}

async function load(url, into, options = {}) {
  const region = $(into);
  region?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { ...options, headers: { "Desk-Region": into, Accept: "text/html", ...options.headers } });
    if (answer.status === 401) return void location.reload();
    const html = await answer.text();
    if (answer.status === 422 || answer.status === 503) {
      replace("problems", html);
      $("problems").dataset.live = options.live ?? "";
      if (!options.live) $("problems").scrollIntoView({ block: "nearest" });
      return;
    }
    if (region !== $(into)) return; // it was replaced by something newer in the meantime
    if (into === "problems") return void (clean(), location.href = answer.url); // it was done: on to its page
    if (!answer.ok || /<!doctype/i.test(html.slice(0, 200))) {
      if (!options.live) location.href = answer.url; // a page that fetches itself stays: it could go on for ever
      return;
    }
    if (!options.live || $("problems").dataset.live) $("problems").replaceChildren(); // what was refused stays to be read
    const parts = document.createElement("template");
    parts.innerHTML = html;
    for (const each of parts.content.querySelectorAll("template[data-for]")) { // what was done; a heading that is new
      $(each.dataset.for)?.replaceChildren(each.content);
      each.remove();
    }
    replace(into, parts.innerHTML, { keepTyped: !options.method });
    region?.dispatchEvent(new CustomEvent("desk:replaced", { bubbles: true }));
    return answer;
  } finally {
    region?.removeAttribute("aria-busy");
  }
}

function fieldsOf(form, submitter) {
  const data = new FormData(form, submitter);
  if ((submitter?.formEnctype || form.enctype) === "multipart/form-data") return data;
  return new URLSearchParams([...data].filter(([, value]) => typeof value === "string"));
}

async function send(form, submitter) {
  const into = submitter?.dataset.into ?? form.dataset.into;
  const method = (submitter?.formMethod || form.method).toUpperCase();
  const url = new URL(submitter?.getAttribute("formaction") || form.action, location.href);
  const mine = (form.sending = {});
  const changes = submitter && !("auto" in form.dataset && !submitter.hasAttribute("formaction")); // not a preview
  if (method === "GET") {
    url.search = fieldsOf(form, submitter);
    const answer = await load(url, into);
    if (answer && form.sending === mine && "push" in form.dataset) go("replaceState", url);
  } else {
    const body = fieldsOf(form, submitter); // a disabled button sends nothing
    const buttons = "auto" in form.dataset ? [] : [...form.querySelectorAll("button")].filter((each) => !each.disabled);
    for (const each of buttons) each.disabled = true; // nothing is done twice by two clicks
    try {
      if (changes) clean();
      if (!await load(url, into, { method, body }) && changes) form.classList.add("changed");
    }
    finally { for (const each of buttons) each.disabled = false; }
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.submitter?.dataset.into ?? form.dataset.into) { // a button with data-into="" loads a page, as if there were no script
    event.preventDefault();
    event.submitter?.closest("[popover]")?.hidePopover?.();
    send(form, event.submitter);
  } else if ((event.submitter?.formMethod || form.method) === "post") {
    clean();
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000);
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-into]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    link.closest("[popover]")?.hidePopover?.();
    load(link.href, link.dataset.into).then((answer) => answer && "push" in link.dataset && go("pushState", link.href));
  }
  const copy = event.target.closest?.("[data-copy]");
  if (copy) navigator.clipboard?.writeText($(copy.dataset.copy).textContent).then(() => (copy.textContent = "Copied"));
});
// A click on a cell of a row with data-opens goes where the row's first link goes, at that cell (data-at).
document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("[data-opens] [data-at]");
  if (!cell || event.target.closest("a, button, input, summary") || String(getSelection())) return;
  const link = cell.closest("[data-opens]").querySelector("a[data-into]");
  load(`${link.href}&at=${cell.dataset.at}`, link.dataset.into).then(() => document.querySelector("[autofocus]")?.focus());
});
// A page with a changed form (data-guard) is not left by mistake.
const clean = () => document.querySelectorAll("form.changed").forEach((each) => each.classList.remove("changed"));
addEventListener("beforeunload", (event) => { if (document.querySelector("form.changed[data-guard]")) event.preventDefault(); });

const here = () => location.pathname + location.search; // a link within the page, such as the skip link, leads to no other page
let shownHere = here();
const go = (how, url) => { history[how](null, "", url); shownHere = here(); };
addEventListener("popstate", () => here() === shownHere || location.reload());

const waiting = new WeakMap();
const typed = (event) => { // a field with data-calm counts when it is left; one in [data-looks] changes nothing
  const form = event.target.form;
  if (!event.target.closest("[data-looks]")) form?.classList.add("changed");
  if (!form || !("auto" in form.dataset) || event.target.type === "file" || ("calm" in event.target.dataset && event.type === "input")) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => send(form), Number(form.dataset.auto) || 300));
};
document.addEventListener("input", typed);
document.addEventListener("change", (event) => "calm" in event.target.dataset && typed(event));

// --- Live regions

const stale = new Set();
let last = 0, due = null;

function changed(topics) {
  for (const region of document.querySelectorAll("[data-live]"))
    if (topics.includes("everything") || region.dataset.live.split("|").some((each) => topics.includes(each))) stale.add(region.id);
  wake();
}
function wake() {
  if (stale.size && !document.hidden && !due) due = setTimeout(refresh, Math.max(0, last + 1000 - Date.now()));
}

async function refresh() { // at most once a second, and never in a hidden tab
  due = null; last = Date.now();
  const now = [...stale];
  stale.clear();
  for (const id of now) {
    const region = $(id);
    if (!region?.isConnected || region.querySelector("[data-still]")) continue;
    fetched.set(id, Date.now());
    const quiet = { live: true, headers: { "Desk-Live": "1" } };
    await load(region.dataset.from || location.href, id, quiet).catch(() => stale.add(id));
  }
}
document.addEventListener("visibilitychange", wake);

const fetched = new Map(), began = Date.now();
if (document.querySelector("[data-every]")) setInterval(() => {
  for (const each of document.querySelectorAll("[data-every]"))
    if (Date.now() - (fetched.get(each.id) ?? began) >= each.dataset.every * 1000) stale.add(each.id);
  wake();
}, 1000);

const channel = new BroadcastChannel(`desk ${prefix}`);
channel.onmessage = (event) => changed(event.data);
const events = `${prefix}/events?seen=${document.documentElement.dataset.seen}`;
function listen() {
  const source = new EventSource(events);
  source.addEventListener("changed", (event) => {
    const topics = event.data.split("\n");
    changed(topics);
    channel.postMessage(topics);
  });
  addEventListener("pagehide", () => source.close());
  return new Promise(() => {});
}
async function catchUp() { // another tab has the stream
  const answer = await fetch(`${events}&once`);
  if (answer.ok) changed((await answer.text()).split("\n"));
}
if (document.querySelector("[data-live]")) {
  document.documentElement.classList.add("live");
  const name = `desk ${prefix}`;
  if (!navigator.locks) listen();
  else navigator.locks.request(name, { ifAvailable: true }, (lock) => lock ? listen() : void catchUp().catch(() => {}))
    .then(() => navigator.locks.request(name, listen));
}

// --- Other

function enhance(root) {
  for (const each of root.querySelectorAll("[data-load]")) load(each.dataset.load, each.id);
  for (const each of root.querySelectorAll("[data-again]")) { // the region waits for something that is not done yet
    const region = each.closest("section[id]");
    const timer = setInterval(() => {
      if (!each.isConnected) return clearInterval(timer);
      if (each.matches("button")) each.click(); // sends what is typed, too
      else load(region.dataset.from || location.href, region.id).catch(() => {});
    }, 1000);
  }
  for (const each of root.querySelectorAll("[data-copy]")) each.hidden = !navigator.clipboard;
  for (const each of root.querySelectorAll("[data-marks]")) each.hidden = false;
  for (const zone of root.querySelectorAll(".drop")) {
    const input = zone.querySelector("input[type=file]");
    const over = (event) => { event.preventDefault(); zone.classList.toggle("over", event.type === "dragover"); };
    zone.addEventListener("dragover", over);
    zone.addEventListener("dragleave", over);
    zone.addEventListener("drop", (event) => {
      over(event);
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    if ("now" in zone.dataset) input.addEventListener("change", () => input.files.length && input.form.requestSubmit($(zone.dataset.now)));
  }
}
enhance(document);

// A toolbar with data-marks="ID" puts marks around what is selected in that field (data-mark="**…**"), or before each of
// its lines (data-each); a link with data-line leads to a line of a field.
function mark(button) {
  const field = $(button.parentElement.dataset.marks), { selectionStart: from, selectionEnd: to, value } = field;
  const start = "each" in button.dataset ? value.lastIndexOf("\n", from - 1) + 1 : from;
  const chosen = value.slice(start, to), put = (text) => button.dataset.mark.replace("…", () => text);
  const text = "each" in button.dataset ? chosen.split("\n").map(put).join("\n") : put(chosen || "text");
  field.focus();
  field.setSelectionRange(start, to);
  if (!document.execCommand("insertText", false, text)) field.setRangeText(text); // the first can be undone
  if (!chosen) field.setSelectionRange(start + text.indexOf("text"), start + text.indexOf("text") + 4);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-mark]"), link = event.target.closest?.("a[data-line]");
  if (button) mark(button);
  if (!link) return;
  event.preventDefault();
  const field = $(link.hash.slice(1)), lines = field.value.split("\n"), at = Number(link.dataset.line) - 1;
  const from = lines.slice(0, at).join("\n").length + (at > 0);
  field.setSelectionRange(from, from + (lines[at] ?? "").length);
  field.blur();
  field.focus();
  field.scrollTop = field.scrollHeight * (from / field.value.length) - field.clientHeight / 3;
});
document.addEventListener("keydown", (event) => { // data-key="s": Ctrl or Command with that key
  const button = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey
    && document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!button || (button.dataset.mark && event.target.id !== button.parentElement.dataset.marks)) return;
  event.preventDefault();
  button.click();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
  const search = document.querySelector("[data-search]");
  if (search) { event.preventDefault(); search.focus(); search.select(); }
});
