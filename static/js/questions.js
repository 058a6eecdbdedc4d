// The questions of the desk: which one takes the digits, what is answered and what is still missing.

import { detailWanted } from "./verdict.js";

const MOVE_ON_MS = 350; // so that a choice is seen before the next question is marked

export const form = () => document.getElementById("review-form");
// A question that the answers before it do not ask is not there for keys, hints and submitting.
export const criteria = () => [...document.querySelectorAll("#review-form .criterion:not([hidden])")];

export const marked = { index: 0 };
let moveTimer = 0;

export function mark({ focus = false } = {}) {
  clearTimeout(moveTimer);
  const criterion = criteria()[marked.index];
  for (const one of document.querySelectorAll("#review-form .criterion")) {
    if (one === criterion) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
  showPart(criterion, { scroll: focus });
  if (!criterion || !focus) return;
  // Never into a note by itself: there, digits and Enter would be typed instead of meaning something. A number or words
  // that are the answer are meant to be typed.
  (criterion.querySelector("input:checked") || criterion.querySelector(".choices input, [data-answer]"))?.focus({ preventScroll: true });
  criterion.scrollIntoView({ block: "nearest", behavior: "instant" });
}

// The part of the output that the marked question asks of, marked where it stands.
function showPart(criterion, { scroll }) {
  const part = criterion?.dataset.anchor ? document.getElementById(criterion.dataset.anchor) : null;
  for (const one of document.querySelectorAll("[data-asked-of]")) if (one !== part) delete one.dataset.askedOf;
  if (!part || !part.closest(".pane")) return;
  part.dataset.askedOf = "";
  if (scroll) part.scrollIntoView({ block: "nearest", behavior: "instant" });
}

// A digit on a marked number begins it anew; whether there is one to begin.
export function startNumber() {
  const field = criteria()[marked.index]?.querySelector("input[data-answer]");
  field?.focus({ preventScroll: true });
  field?.select();
  return Boolean(field);
}

// Out of a field that is being typed in, to where keys mean something again.
export function leaveField(criterion) {
  criterion.tabIndex = -1;
  criterion.focus({ preventScroll: true });
}

export function moveTo(index, { later = false } = {}) {
  marked.index = Math.max(0, Math.min(index, criteria().length - 1));
  clearTimeout(moveTimer);
  if (later) moveTimer = setTimeout(() => mark({ focus: true }), MOVE_ON_MS);
  else mark({ focus: true });
}

const pointsOf = (criterion) => [...criterion.querySelectorAll(".choices input")];
const typedIn = (criterion) => criterion.querySelector("[data-answer]");
const isTyped = (field) => Boolean(field) && (field.value.trim() !== "" || field.validity.badInput);

export function isAnswered(criterion) {
  return criterion.querySelector(".choices input:checked, .toggle input:checked") !== null || isTyped(typedIn(criterion));
}

export function answer(number) {
  const criterion = criteria()[marked.index];
  const point = criterion && pointsOf(criterion)[number - 1];
  if (!point) return;
  if (point.type === "checkbox") point.click();
  else choose(point, criterion);
}

export function choose(point, criterion) {
  point.checked = true;
  point.dispatchEvent(new Event("change", { bubbles: true }));
  if (!openWantedText(criterion)) moveTo(criteria().indexOf(criterion) + 1, { later: true });
}

// Enter in boxes and in a number moves on: there may be more to tick or to type, so no key before it can.
export function goOnFrom(criterion) {
  if (!openWantedText(criterion)) moveTo(criteria().indexOf(criterion) + 1);
}

function openWantedText(criterion) {
  const wanted = textWantedBy(criterion);
  if (!wanted) return false;
  clearTimeout(moveTimer);
  moveTimer = setTimeout(() => openText(wanted), MOVE_ON_MS);
  return true;
}

// The field that this answer asks for and that is still empty: a reason, or what a verdict needs beside it.
function textWantedBy(criterion) {
  if (criterion.dataset.criterion === "verdict") return detailWanted();
  const value = criterion.querySelector("input[type=radio]:checked")?.value;
  const asks = (criterion.dataset.rationaleOn || "").split(" ").includes(value) || criterion.querySelector("[data-wants-reason]:checked") !== null;
  const field = criterion.querySelector("textarea:not([data-answer])");
  return asks && field && !field.value.trim() ? field : null;
}

export function openText(field) {
  const holder = field.closest("details");
  if (holder) holder.open = true;
  field.focus();
}

// --- what is asked ---

// "Not applicable" and "none of these" stand alone: choosing one empties the rest of its question, and the rest it.
export function keepAlone(target) {
  const criterion = target.closest(".criterion");
  const alone = criterion ? [...criterion.querySelectorAll("[data-alone]")] : [];
  if (!alone.length) return;
  if (!alone.includes(target)) {
    const isGiven = target.matches(".choices input:checked") || (target.matches("[data-answer]") && isTyped(target));
    if (isGiven) for (const one of alone) one.checked = false;
  } else if (target.checked) {
    for (const one of criterion.querySelectorAll(".choices input, .toggle input")) if (one !== target) one.checked = false;
    const field = typedIn(criterion);
    if (field) field.value = "";
  }
}

// What the form says on a field: the point chosen, the box ticked, the number typed.
function valuesOf(key) {
  const fields = [...(form()?.elements ?? [])].filter((one) => one.name === `answer-${key}` && !one.closest(".criterion[hidden]"));
  return fields.filter((one) => !["radio", "checkbox"].includes(one.type) || one.checked).map((one) => one.value);
}

// Shows the questions that the answers so far ask, and hides the others; their answers stay in the form, in case.
export function showAsked() {
  const current = criteria()[marked.index];
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const one of document.querySelectorAll("#review-form [data-asked-when]")) {
      const conditions = JSON.parse(one.dataset.askedWhen);
      const isAsked = conditions.some(({ key, values }) => valuesOf(key).some((value) => values.includes(value)));
      if (one.hidden !== isAsked) continue;
      one.hidden = !isAsked;
      isSettled = false;
    }
  }
  for (const group of document.querySelectorAll("#review-form .criterion-group")) {
    group.hidden = !group.querySelector(".criterion:not([hidden])");
  }
  if (current) marked.index = Math.max(0, criteria().indexOf(current));
}

// --- what is missing ---

const isOutOfBounds = (criterion) => isTyped(typedIn(criterion)) && !typedIn(criterion).checkValidity();
const missing = () => criteria().filter((one) => ("required" in one.dataset && !isAnswered(one)) || isOutOfBounds(one) || textWantedBy(one));

export function showHint() {
  showAsked();
  const hint = form()?.querySelector(".submit-bar__hint");
  if (!hint) return;
  for (const criterion of criteria()) {
    if ("missing" in criterion.dataset && isAnswered(criterion) && !isOutOfBounds(criterion) && !textWantedBy(criterion)) delete criterion.dataset.missing;
  }
  const left = missing();
  hint.classList.remove("submit-bar__hint--error");
  hint.textContent = left.length ? `${left.length} left: ${namesOf(left)}` : "Ready to submit";
}

const MOST_NAMED = 6; // with every part of a long output named, the line would hide the questions
const NAMED_OF_MORE = 4;

function namesOf(left) {
  if (left.length <= MOST_NAMED) return left.map(nameOf).join(", ");
  return `${left.slice(0, NAMED_OF_MORE).map(nameOf).join(", ")} and ${left.length - NAMED_OF_MORE} more`;
}

function nameOf(criterion) {
  if (isOutOfBounds(criterion)) return `${criterion.dataset.name} (${criterion.querySelector(".number__bounds")?.textContent || "a number"})`;
  if (!isAnswered(criterion) || !textWantedBy(criterion)) return criterion.dataset.name;
  return criterion.dataset.criterion === "verdict" ? detailWanted().dataset.name : `reason for ${criterion.dataset.name}`;
}

export function submitIfComplete() {
  const left = missing();
  if (!left.length) {
    form().requestSubmit();
    return;
  }
  for (const criterion of left) criterion.dataset.missing = "";
  const hint = form().querySelector(".submit-bar__hint");
  hint.textContent = `Still missing: ${namesOf(left)}`;
  hint.classList.add("submit-bar__hint--error");
  const text = isAnswered(left[0]) && textWantedBy(left[0]);
  moveTo(criteria().indexOf(left[0]));
  if (text) openText(text);
}
