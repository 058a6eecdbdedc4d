// Settling by keyboard: a letter adopts all that one rater chose, digits choose in the marked question.
// Without scripts every answer is a radio button of its own.

const questions = () => [...document.querySelectorAll("fieldset.dispute:not(.ruling)")];
const areShortcutsOn = () => localStorage.getItem("shortcuts") !== "off";
let current = -1;

function mark(index, { focus = true } = {}) {
  current = Math.max(0, Math.min(index, questions().length - 1));
  questions().forEach((one, position) => {
    if (position === current) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  });
  const question = questions()[current];
  if (!question || !focus) return;
  (question.querySelector("input:checked") || question.querySelector("input"))?.focus({ preventScroll: true });
  question.scrollIntoView({ block: "nearest", behavior: "instant" });
}

function choose(point) {
  point.checked = true;
  point.dispatchEvent(new Event("change", { bubbles: true }));
}

function adopt(letter) {
  const points = [...document.querySelectorAll(`input[data-letters~="${letter}"]`)];
  points.forEach(choose);
  return points.length > 0;
}

function answer(number) {
  const point = questions()[Math.max(0, current)]?.querySelectorAll("input[type=radio]")[number - 1];
  if (!point) return false;
  choose(point);
  mark(Math.max(0, current) + 1);
  return true;
}

function onKey(event) {
  const target = event.target instanceof HTMLElement ? event.target : document.body;
  const isText = target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || isText || !areShortcutsOn()) return;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
  const letter = /^Key([A-Z])$/.exec(event.code);
  if ((digit && answer(Number(digit[1]))) || (letter && !event.shiftKey && adopt(letter[1]))) event.preventDefault();
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-adopt]");
  if (button) adopt(button.dataset.adopt);
});
document.addEventListener("focusin", (event) => {
  const index = questions().indexOf(event.target.closest?.("fieldset.dispute"));
  if (index >= 0 && index !== current) mark(index, { focus: false });
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-shortcuts]")) localStorage.setItem("shortcuts", event.target.checked ? "on" : "off");
});
for (const one of document.querySelectorAll("[data-adopt], [data-with-keys]")) one.hidden = false;
document.querySelector("[data-shortcuts]").checked = areShortcutsOn();
mark(Math.max(0, questions().findIndex((one) => !one.querySelector("input:checked"))), { focus: false });
