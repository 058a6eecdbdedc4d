// The reviewer's desk: keys, heartbeat and what happens when the next item is swapped in.
// Everything works without scripts through the plain forms that these keys press.

import { changed, countActiveTime, draft, dropSave, noteInput, post, restartClock, resumeClock, saveDraft, startDraft } from "./drafts.js";
import { toast } from "./page.js";
import { answer, choose, criteria, form, goOnFrom, isAnswered, keepAlone, leaveField, mark, marked, moveTo, openText, showAsked, showHint, startNumber, submitIfComplete } from "./questions.js";
import { openCorrection, showDetails } from "./verdict.js";

const HEARTBEAT_MS = 60_000;

const desk = () => document.querySelector("main.desk");

// --- heartbeat ---

let lastBeat = Date.now();

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
  const criterion = criteria()[marked.index];
  const field = criterion?.querySelector("textarea, [data-answer]") || document.getElementById("note");
  if (field) openText(field);
}

function setNotApplicable() {
  const point = criteria()[marked.index]?.querySelector('.toggle input[value="n/a"]');
  if (point) choose(point, criteria()[marked.index]);
}

function escalate() {
  const point = form()?.querySelector('[name="verdict"][value="escalate"]');
  if (!point) return;
  marked.index = criteria().indexOf(point.closest(".criterion"));
  mark({ focus: true });
  if (point.type === "radio") choose(point, criteria()[marked.index]);
  else point.click();
}

function edit() {
  const point = form()?.querySelector('[name="verdict"][value="revise"]');
  if (!point || !document.getElementById("correction")) return;
  marked.index = criteria().indexOf(point.closest(".criterion"));
  point.checked = true;
  point.dispatchEvent(new Event("change", { bubbles: true }));
  mark();
  openCorrection();
}

const KEYS = {
  KeyE: edit,
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
  // A dialog that was just closed keeps the focus until the page is drawn again.
  const isSomewhere = event.target instanceof HTMLElement && !event.target.closest("dialog:not([open])");
  const target = isSomewhere ? event.target : document.body;
  if (document.querySelector("dialog[open]") || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form()) {
    event.preventDefault();
    submitIfComplete();
    return;
  }
  if (event.key === "Escape" && isTextField(target) && form()?.contains(target)) {
    if (target.matches("[data-answer]")) leaveField(target.closest(".criterion"));
    else {
      const criterion = target.closest(".criterion");
      moveTo(criterion ? criteria().indexOf(criterion) : marked.index);
    }
    return;
  }
  // Left to the browser, Enter in these would submit the form however little of it is filled in.
  if (event.key === "Enter" && target.matches("input[data-answer], .choices--boxes input, .toggle input[type=checkbox]")) {
    event.preventDefault();
    goOnFrom(target.closest(".criterion"));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTextField(target) || !areShortcutsOn()) return;
  if (isOfNumber(event) && startNumber()) return; // without preventing it, so that it is typed where it belongs
  const action = actionFor(event, target);
  if (!action) return;
  event.preventDefault();
  action();
}

const isOfNumber = (event) => !event.shiftKey && /^(?:Digit|Numpad)[0-9]$/.test(event.code);

function actionFor(event, target) {
  if (event.key === "?") return () => document.getElementById("keys")?.showModal();
  if (event.shiftKey) return SHIFT_KEYS[event.code];
  const own = document.querySelector(`#main [data-key="${event.code.replace("Numpad", "Digit")}"]`);
  if (own) return () => own.click(); // of a page that is no desk: its buttons say their keys themselves
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  if (digit && form()) return () => answer(Number(digit[1]));
  const isControl = target.closest("button, a, summary, [type=checkbox]");
  if (event.key === "Enter" && !isControl) {
    return form() ? submitIfComplete : () => document.querySelector("[data-default]")?.click();
  }
  const isReading = target.closest(".pane");
  if (event.code === "ArrowDown" && form() && !isReading) return () => moveTo(marked.index + 1);
  if (event.code === "ArrowUp" && form() && !isReading) return () => moveTo(marked.index - 1);
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
  if (diff) import("./word_diff.js").then(({ toggleDiff }) => toggleDiff(diff)); // only pairs need it
  if (event.target.closest?.("[data-toggle-in-step]")) import("./in_step.js").then(({ toggleInStep }) => toggleInStep());
  const citation = event.target.closest?.("a.citation");
  if (citation && desk()?.dataset.context === "hidden") toggleContext(document.querySelector("[data-toggle-context]"));
}

// Postponing and taking back leave this item: its draft goes first, and the form is pressed again once it is safe.
function onSubmit(event) {
  countActiveTime();
  if (event.target === form()) {
    dropSave();
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
  const isRefused = Boolean(form()?.querySelector("[data-missing]")); // what was just posted is newer than the draft
  startDraft({ isNewerThanServer: isRefused });
  restartClock();
  lastBeat = Date.now();
  hideSpentTakeBacks();
  showAsked();
  showDetails();
  if (document.querySelector("[data-toggle-in-step]")) import("./in_step.js").then(({ startInStep }) => startInStep());
  const firstOpen = criteria().findIndex((one) => !isAnswered(one) || "missing" in one.dataset);
  marked.index = Math.max(0, firstOpen);
  mark();
  if (!isRefused) showHint();
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("submit", onSubmit, true);
document.addEventListener("input", (event) => {
  if (!form() || event.target.form !== form()) return;
  keepAlone(event.target);
  changed();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-shortcuts]")) localStorage.setItem("shortcuts", event.target.checked ? "on" : "off");
  else if (event.target.form && event.target.form === form()) {
    keepAlone(event.target);
    showDetails();
    changed();
  }
});
document.addEventListener("focusin", (event) => {
  const index = criteria().indexOf(event.target.closest?.(".criterion"));
  if (index < 0 || index === marked.index) return;
  marked.index = index;
  mark();
});
for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "touchstart", "scroll"]) {
  document.addEventListener(kind, noteInput, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    if (draft.isDirty) saveDraft();
  } else {
    resumeClock();
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
// A submission that did not arrive had stopped the timer of the draft.
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, () => draft.isDirty && saveDraft());
}

document.querySelector("[data-shortcuts]")?.toggleAttribute("checked", areShortcutsOn());
setInterval(tick, 1_000);
start();
