// Drafts, which count as saved only once the server said so, and the time that somebody really spent on an item.

import { LOGGED_OUT, renewCsrf, timeInWords, toast } from "./page.js";
import { form, showHint } from "./questions.js";

const SAVE_AFTER_MS = 400;
const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
const IDLE_MS = 60_000;

export const draft = { timer: 0, tries: 0, isDirty: false, running: null, version: 0, token: 0 };

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
  try {
    const response = await post(document.querySelector("main.desk").dataset.draftUrl, new FormData(form()));
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
    const wait = RETRY_MS[Math.min(draft.tries, RETRY_MS.length - 1)];
    draft.tries += 1;
    showSaveState("failed", "Not saved – retrying");
    draft.timer = setTimeout(saveDraft, wait);
    return false;
  }
}

export async function post(url, body) {
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
