// The reviewer's desk: keys, drafts that only count as saved once the server said so, heartbeat and active time.
// Everything works without this file through the plain forms that it presses.

import { LOGGED_OUT, timeInWords, toast } from "./app.js";
import { toggleDiff } from "./word_diff.js";

const MOVE_ON_MS = 350; // so that a choice is seen before the next question is marked
const SAVE_AFTER_MS = 400;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
const HEARTBEAT_MS = 60_000;
const IDLE_MS = 60_000;

const form = () => document.getElementById("review-form");
const desk = () => document.querySelector("main.desk");
const criteria = () => [...document.querySelectorAll("#review-form .criterion")];

// --- which question takes the digits ---

let current = 0;
let moveTimer = 0;

function mark({ focus = false } = {}) {
  clearTimeout(moveTimer);
  criteria().forEach((criterion, index) => {
    if (index === current) criterion.setAttribute("aria-current", "true");
    else criterion.removeAttribute("aria-current");
  });
  const criterion = criteria()[current];
  if (!criterion || !focus) return;
  // Never into a text field by itself: there, digits and Enter would be typed instead of meaning something.
  (criterion.querySelector("input:checked") || criterion.querySelector("input[type=radio]"))?.focus({ preventScroll: true });
  criterion.scrollIntoView({ block: "nearest", behavior: "instant" });
}

function moveTo(index, { later = false } = {}) {
  current = Math.max(0, Math.min(index, criteria().length - 1));
  clearTimeout(moveTimer);
  if (later) moveTimer = setTimeout(() => mark({ focus: true }), MOVE_ON_MS);
  else mark({ focus: true });
}

const pointsOf = (criterion) => [...criterion.querySelectorAll(".choices input[type=radio]")];
const isAnswered = (criterion) => criterion.querySelector("input[type=radio]:checked") !== null;

function answer(number) {
  const criterion = criteria()[current];
  const point = criterion && pointsOf(criterion)[number - 1];
  if (!point) return;
  choose(point, criterion);
}

function choose(point, criterion) {
  point.checked = true;
  point.dispatchEvent(new Event("change", { bubbles: true }));
  const wanted = textWantedBy(criterion);
  if (wanted) {
    clearTimeout(moveTimer);
    moveTimer = setTimeout(() => openText(wanted), MOVE_ON_MS);
  } else moveTo(current + 1, { later: true });
}

// The text field that this answer asks for and that is still empty: a reason, or the note of a verdict.
function textWantedBy(criterion) {
  const value = criterion.querySelector("input[type=radio]:checked")?.value;
  const isVerdict = criterion.dataset.criterion === "verdict";
  const asks = isVerdict ? Boolean(value) && value !== "approve" : (criterion.dataset.rationaleOn || "").split(" ").includes(value);
  const field = criterion.querySelector("textarea");
  return asks && field && !field.value.trim() ? field : null;
}

function openText(field) {
  const holder = field.closest("details");
  if (holder) holder.open = true;
  field.focus();
}

// --- what is missing ---

const missing = () => criteria().filter((one) => ("required" in one.dataset && !isAnswered(one)) || textWantedBy(one));

function showHint() {
  const hint = form()?.querySelector(".submit-bar__hint");
  if (!hint) return;
  for (const criterion of criteria()) {
    if ("missing" in criterion.dataset && isAnswered(criterion) && !textWantedBy(criterion)) delete criterion.dataset.missing;
  }
  const left = missing();
  hint.classList.remove("submit-bar__hint--error");
  hint.textContent = left.length ? `${left.length} left: ${left.map(nameOf).join(", ")}` : "Ready to submit";
}

const nameOf = (criterion) => (isAnswered(criterion) && textWantedBy(criterion) ? `why (${criterion.dataset.name})` : criterion.dataset.name);

function submitIfComplete() {
  const left = missing();
  if (!left.length) {
    form().requestSubmit();
    return;
  }
  for (const criterion of left) criterion.dataset.missing = "";
  const hint = form().querySelector(".submit-bar__hint");
  hint.textContent = `Still missing: ${left.map(nameOf).join(", ")}`;
  hint.classList.add("submit-bar__hint--error");
  const text = isAnswered(left[0]) && textWantedBy(left[0]);
  moveTo(criteria().indexOf(left[0]));
  if (text) openText(text);
}

// --- drafts ---

const draft = { timer: 0, tries: 0, isDirty: false, running: null, version: 0, token: 0 };

function showSaveState(state, text) {
  const place = document.getElementById("save-state");
  if (!place) return;
  place.dataset.state = state;
  place.textContent = text;
}

function changed() {
  draft.isDirty = true;
  draft.version += 1;
  showHint();
  clearTimeout(draft.timer);
  draft.timer = setTimeout(saveDraft, SAVE_AFTER_MS);
}

// One save at a time, always of the newest content; resolves to whether everything is on the server.
async function saveDraft() {
  clearTimeout(draft.timer);
  if (draft.running) await draft.running;
  if (!draft.isDirty || !form()) return true;
  draft.running = sendDraft();
  const isSaved = await draft.running;
  draft.running = null;
  return isSaved && (draft.isDirty ? saveDraft() : true);
}

async function sendDraft() {
  const { token, version } = draft;
  document.getElementById("save-state")?.dataset.state === "failed" || showSaveState("saving", "Saving");
  countActiveTime();
  try {
    const response = await post(desk().dataset.draftUrl, new FormData(form()));
    if (token !== draft.token) return true; // the next item is on the desk already
    if (response.status === 422) {
      showSaveState("failed", `Not saved – ${(await response.json()).message}`);
      return false;
    }
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { saved_at: savedAt } = await response.json();
    if (version === draft.version) draft.isDirty = false;
    draft.tries = 0;
    showSaveState("saved", `Saved ${timeInWords(new Date(savedAt), "seconds")}`);
    return true;
  } catch {
    if (token !== draft.token) return true;
    const wait = RETRY_MS[Math.min(draft.tries, RETRY_MS.length - 1)];
    draft.tries += 1;
    showSaveState("failed", "Not saved – retrying");
    draft.timer = setTimeout(saveDraft, wait);
    return false;
  }
}

async function post(url, body) {
  const csrf = form()?.elements.csrfmiddlewaretoken?.value || "";
  const response = await fetch(url, {
    method: "POST", body, headers: { "X-CSRFToken": csrf }, credentials: "same-origin", redirect: "manual",
    signal: AbortSignal.timeout(15_000),
  });
  if (response.type === "opaqueredirect") {
    toast(LOGGED_OUT, "danger");
    throw new Error("logged out");
  }
  return response;
}

// --- heartbeat and active time ---

let lastInput = Date.now();
let lastTick = Date.now();
let lastBeat = Date.now();

// Time counts while the page is visible and somebody did something within the last minute.
function countActiveTime() {
  const now = Date.now();
  const end = Math.min(now, lastInput + IDLE_MS);
  const field = form()?.elements.active_ms;
  if (field && document.visibilityState === "visible" && end > lastTick) {
    field.value = String(Number(field.value || 0) + (end - lastTick));
  }
  lastTick = now;
}

async function beat() {
  if (!desk() || !form() || document.visibilityState !== "visible") return;
  lastBeat = Date.now();
  try {
    const response = await post(desk().dataset.heartbeatUrl, new FormData());
    const ended = document.getElementById("turn-ended");
    if (response.ok && ended) ended.hidden = (await response.json()).held;
  } catch {
    // A lost connection shows at the next save; the lease outlives many missed beats.
  }
}

function tick() {
  countActiveTime();
  hideSpentTakeBacks();
  if (Date.now() - lastBeat >= HEARTBEAT_MS) beat();
}

function hideSpentTakeBacks() {
  for (const one of document.querySelectorAll("[data-take-back]")) {
    one.hidden = Date.now() > new Date(one.dataset.until).getTime();
  }
}

// --- keys ---

const areShortcutsOn = () => localStorage.getItem("shortcuts") !== "off";
const press = (selector) => {
  const one = document.querySelector(selector);
  if (one && !one.hidden) one.requestSubmit();
};
const toggle = (selector) => document.querySelector(selector)?.click();

function writeNote() {
  const criterion = criteria()[current];
  const field = criterion?.querySelector("textarea") || document.getElementById("note");
  if (field) openText(field);
}

function setNotApplicable() {
  const point = criteria()[current]?.querySelector('.toggle input[value="n/a"]');
  if (point) choose(point, criteria()[current]);
}

function escalate() {
  const point = form()?.querySelector('[name="verdict"][value="escalate"]');
  if (!point) return;
  current = criteria().indexOf(point.closest(".criterion"));
  mark({ focus: true });
  if (point.type === "radio") choose(point, criteria()[current]);
  else point.click();
}

const KEYS = {
  KeyN: writeNote,
  KeyX: setNotApplicable,
  KeyB: () => press("[data-take-back]"),
  KeyC: () => toggle("[data-toggle-context]"),
  KeyV: () => toggle("[data-toggle-diff]"),
};
const SHIFT_KEYS = { KeyP: () => press("[data-postpone]"), KeyE: escalate };

function isTextField(element) {
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement || element.isContentEditable ||
    (element instanceof HTMLInputElement && !["radio", "checkbox", "submit", "button"].includes(element.type));
}

function onKey(event) {
  const target = event.target instanceof HTMLElement ? event.target : document.body;
  if (document.querySelector("dialog[open]") || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form()) {
    event.preventDefault();
    submitIfComplete();
    return;
  }
  if (event.key === "Escape" && isTextField(target) && form()?.contains(target)) {
    moveTo(criteria().indexOf(target.closest(".criterion")));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTextField(target) || !areShortcutsOn()) return;
  const action = actionFor(event, target);
  if (!action) return;
  event.preventDefault();
  action();
}

function actionFor(event, target) {
  if (event.key === "?") return () => document.getElementById("keys")?.showModal();
  if (event.shiftKey) return SHIFT_KEYS[event.code];
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  if (digit && form()) return () => answer(Number(digit[1]));
  const isControl = target.closest("button, a, summary, [type=checkbox]");
  if (event.key === "Enter" && !isControl) {
    return form() ? submitIfComplete : () => document.querySelector("[data-default]")?.click();
  }
  const isReading = target.closest(".pane");
  if (event.code === "ArrowDown" && form() && !isReading) return () => moveTo(current + 1);
  if (event.code === "ArrowUp" && form() && !isReading) return () => moveTo(current - 1);
  if (["PageDown", "PageUp"].includes(event.code) && !isReading) return () => scrollOutput(event.code === "PageDown" ? 1 : -1);
  return KEYS[event.code];
}

function scrollOutput(direction) {
  const pane = document.querySelector(".pane--output");
  pane?.scrollBy({ top: direction * pane.clientHeight * 0.85 });
}

// --- the page ---

function toggleContext(button) {
  const isHidden = desk().dataset.context === "hidden";
  if (isHidden) delete desk().dataset.context;
  else desk().dataset.context = "hidden";
  button.setAttribute("aria-expanded", String(isHidden));
}

function onClick(event) {
  const source = event.target.closest?.("[data-toggle-context]");
  if (source && desk()) toggleContext(source);
  const diff = event.target.closest?.("[data-toggle-diff]");
  if (diff) toggleDiff(diff);
  const citation = event.target.closest?.("a.citation");
  if (citation && desk()?.dataset.context === "hidden") toggleContext(document.querySelector("[data-toggle-context]"));
}

// Postponing and taking back leave this item: its draft goes first, and the form is pressed again once it is safe.
function onSubmit(event) {
  countActiveTime();
  if (event.target === form()) {
    clearTimeout(draft.timer);
    if (!window.htmx) draft.isDirty = false; // the answers leave with the page
  }
  else if (event.target.matches("[data-flush]") && draft.isDirty && form()) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const { target } = event;
    saveDraft().then((isSaved) => (isSaved ? target.requestSubmit() : toast("Not saved yet, so this item stays on your desk.", "danger")));
  }
}

function start() {
  draft.token += 1;
  Object.assign(draft, { isDirty: false, tries: 0 });
  clearTimeout(draft.timer);
  lastInput = lastTick = lastBeat = Date.now();
  hideSpentTakeBacks();
  const firstOpen = criteria().findIndex((one) => !isAnswered(one) || "missing" in one.dataset);
  current = Math.max(0, firstOpen);
  mark();
  if (form()?.querySelector("[data-missing]")) {
    draft.isDirty = true; // a refused submission is newer than the draft
    draft.timer = setTimeout(saveDraft, SAVE_AFTER_MS);
  } else showHint();
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("submit", onSubmit, true);
document.addEventListener("input", (event) => event.target.form === form() && form() && changed());
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-shortcuts]")) localStorage.setItem("shortcuts", event.target.checked ? "on" : "off");
  else if (event.target.form && event.target.form === form()) changed();
});
document.addEventListener("focusin", (event) => {
  const index = criteria().indexOf(event.target.closest?.(".criterion"));
  if (index < 0 || index === current) return;
  current = index;
  mark();
});
for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "scroll"]) {
  document.addEventListener(kind, () => {
    if (Date.now() - lastInput > IDLE_MS) lastTick = Date.now(); // the idle stretch itself does not count
    lastInput = Date.now();
  }, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    lastTick = Math.min(lastTick, Date.now());
    if (draft.isDirty) saveDraft();
  } else {
    lastTick = Date.now();
    if (Date.now() - lastBeat >= HEARTBEAT_MS) beat();
  }
});
addEventListener("beforeunload", (event) => draft.isDirty && form() && event.preventDefault());
addEventListener("online", () => draft.isDirty && saveDraft());
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "main" && event.target.id !== "main") return;
  start();
  if (!document.querySelector("[data-focus]")) document.getElementById("main")?.focus({ preventScroll: true });
});
document.addEventListener("htmx:sendError", () => draft.isDirty && saveDraft());

document.querySelector("[data-shortcuts]")?.toggleAttribute("checked", areShortcutsOn());
setInterval(tick, 1_000);
start();
