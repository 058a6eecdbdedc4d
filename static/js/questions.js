// The questions of the desk: which one takes the digits, what is answered and what is still missing.

const MOVE_ON_MS = 350; // so that a choice is seen before the next question is marked

export const form = () => document.getElementById("review-form");
export const criteria = () => [...document.querySelectorAll("#review-form .criterion")];

export const marked = { index: 0 };
let moveTimer = 0;

export function mark({ focus = false } = {}) {
  clearTimeout(moveTimer);
  criteria().forEach((criterion, index) => {
    if (index === marked.index) criterion.setAttribute("aria-current", "true");
    else criterion.removeAttribute("aria-current");
  });
  const criterion = criteria()[marked.index];
  if (!criterion || !focus) return;
  // Never into a text field by itself: there, digits and Enter would be typed instead of meaning something.
  (criterion.querySelector("input:checked") || criterion.querySelector("input[type=radio]"))?.focus({ preventScroll: true });
  criterion.scrollIntoView({ block: "nearest", behavior: "instant" });
}

export function moveTo(index, { later = false } = {}) {
  marked.index = Math.max(0, Math.min(index, criteria().length - 1));
  clearTimeout(moveTimer);
  if (later) moveTimer = setTimeout(() => mark({ focus: true }), MOVE_ON_MS);
  else mark({ focus: true });
}

const pointsOf = (criterion) => [...criterion.querySelectorAll(".choices input[type=radio]")];
export const isAnswered = (criterion) => criterion.querySelector("input[type=radio]:checked") !== null;

export function answer(number) {
  const criterion = criteria()[marked.index];
  const point = criterion && pointsOf(criterion)[number - 1];
  if (!point) return;
  choose(point, criterion);
}

export function choose(point, criterion) {
  point.checked = true;
  point.dispatchEvent(new Event("change", { bubbles: true }));
  const wanted = textWantedBy(criterion);
  if (wanted) {
    clearTimeout(moveTimer);
    moveTimer = setTimeout(() => openText(wanted), MOVE_ON_MS);
  } else moveTo(marked.index + 1, { later: true });
}

// The text field that this answer asks for and that is still empty: a reason, or the note of a verdict.
function textWantedBy(criterion) {
  const value = criterion.querySelector("input[type=radio]:checked")?.value;
  const isVerdict = criterion.dataset.criterion === "verdict";
  const asks = isVerdict ? Boolean(value) && value !== "approve" : (criterion.dataset.rationaleOn || "").split(" ").includes(value);
  const field = criterion.querySelector("textarea");
  return asks && field && !field.value.trim() ? field : null;
}

export function openText(field) {
  const holder = field.closest("details");
  if (holder) holder.open = true;
  field.focus();
}

// --- what is missing ---

const missing = () => criteria().filter((one) => ("required" in one.dataset && !isAnswered(one)) || textWantedBy(one));

export function showHint() {
  const hint = form()?.querySelector(".submit-bar__hint");
  if (!hint) return;
  for (const criterion of criteria()) {
    if ("missing" in criterion.dataset && isAnswered(criterion) && !textWantedBy(criterion)) delete criterion.dataset.missing;
  }
  const left = missing();
  hint.classList.remove("submit-bar__hint--error");
  hint.textContent = left.length ? `${left.length} left: ${left.map(nameOf).join(", ")}` : "Ready to submit";
}

function nameOf(criterion) {
  if (!isAnswered(criterion) || !textWantedBy(criterion)) return criterion.dataset.name;
  return criterion.dataset.criterion === "verdict" ? "note" : `reason for ${criterion.dataset.name}`;
}

export function submitIfComplete() {
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
