// Drafts, which count as saved only once the server said so, and the time that somebody really spent on an item.

import { LOGGED_OUT, renewCsrf, timeInWords, toast } from "./page.js";
import { form, showHint } from "./questions.js";

const SAVE_AFTER_MS = 400;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
const IDLE_MS = 60_000;
const LONGEST_REQUEST_MS = 15_000;
const SUBMITTED = "submitted";
const PAGE = String(Math.random()).slice(2);

export const draft = { timer: 0, tries: 0, isDirty: false, running: null, sending: null, version: 0, token: 0 };

function showSaveState(state, text) {
  const place = document.getElementById("save-state");
  if (!place) return;
  place.dataset.state = state;
  place.textContent = text;
}

export function changed() {
  draft.isDirty = true;
  draft.version += 1;
  // The newest answer is not on the server yet, so the page must stop saying "Saved" before it is sent.
  if (document.getElementById("save-state")?.dataset.state === "saved") showSaveState("saving", "Saving");
  showHint();
  clearTimeout(draft.timer);
  draft.timer = setTimeout(saveDraft, SAVE_AFTER_MS);
}

// One save at a time, always of the newest content; resolves to whether everything is on the server.
export async function saveDraft() {
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
  const content = new FormData(form());
  // A save that was given up may still arrive, after the next one: by this the server knows which is newer.
  content.set("page", PAGE);
  content.set("change", String(version));
  const sending = new AbortController();
  draft.sending = sending;
  const patience = setTimeout(() => sending.abort(), LONGEST_REQUEST_MS);
  try {
    const response = await post(document.querySelector("main.desk").dataset.draftUrl, content, sending.signal);
    if (token !== draft.token) return true; // the next item is on the desk already
    if ([409, 422].includes(response.status)) {
      // Trying again would be refused again. What was submitted in another tab keeps nobody on the page.
      if (response.status === 409) draft.isDirty = false;
      showSaveState("failed", `Not saved – ${(await response.json()).message}`);
      return false;
    }
    if (response.status === 403) await renewCsrf(); // then the retry below has the right token
    if (!response.ok) throw new Error(`status ${response.status}`);
    const { saved_at: savedAt } = await response.json();
    if (version === draft.version) draft.isDirty = false;
    draft.tries = 0;
    showSaveState("saved", `Saved ${timeInWords(new Date(savedAt), "seconds")}`);
    return true;
  } catch {
    if (token !== draft.token) return true;
    if (sending.signal.reason === SUBMITTED) return false;
    const wait = RETRY_MS[Math.min(draft.tries, RETRY_MS.length - 1)];
    draft.tries += 1;
    showSaveState("failed", "Not saved – retrying");
    draft.timer = setTimeout(saveDraft, wait);
    return false;
  } finally {
    clearTimeout(patience);
  }
}

// The answers leave with the submission: a save that is under way could only arrive late and be refused.
export function dropSave() {
  clearTimeout(draft.timer);
  draft.sending?.abort(SUBMITTED);
}

export async function post(url, body, signal = AbortSignal.timeout(LONGEST_REQUEST_MS)) {
  const csrf = form()?.elements.csrfmiddlewaretoken?.value || "";
  const response = await fetch(url, {
    method: "POST", body, headers: { "X-CSRFToken": csrf }, credentials: "same-origin", redirect: "manual",
    signal,
  });
  if (response.type === "opaqueredirect") {
    toast(LOGGED_OUT, "danger");
    throw new Error("logged out");
  }
  return response;
}

// --- active time ---

const activity = { input: Date.now(), tick: Date.now() };

// Time counts while the page is visible and somebody did something within the last minute.
export function countActiveTime() {
  const now = Date.now();
  const end = Math.min(now, activity.input + IDLE_MS);
  const field = form()?.elements.active_ms;
  if (field && document.visibilityState === "visible" && end > activity.tick) {
    field.value = String(Number(field.value || 0) + (end - activity.tick));
  }
  activity.tick = now;
}

export function noteInput() {
  if (Date.now() - activity.input > IDLE_MS) activity.tick = Date.now(); // the idle stretch itself does not count
  activity.input = Date.now();
}

export function restartClock() {
  activity.input = activity.tick = Date.now();
}

export function resumeClock() {
  activity.tick = Date.now();
}

export function startDraft({ isNewerThanServer }) {
  draft.token += 1;
  Object.assign(draft, { isDirty: isNewerThanServer, tries: 0 });
  clearTimeout(draft.timer);
  if (isNewerThanServer) draft.timer = setTimeout(saveDraft, SAVE_AFTER_MS);
}
