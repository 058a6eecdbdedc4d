// Marks the words in which the two texts of a pair differ. Built from text nodes only: model output is never HTML here.

const LONGEST = 3_000; // words a side; beyond it the table of the comparison would not fit a browser's memory well

export function toggleDiff(button) {
  const sides = [...document.querySelectorAll(".pair__side [data-text]")];
  if (sides.length !== 2) return;
  const isOn = button.getAttribute("aria-pressed") === "true";
  if (isOn) sides.forEach((side) => side.replaceChildren(...side.formatted));
  else if (!showDiff(sides)) return;
  button.setAttribute("aria-pressed", String(!isOn));
}

function showDiff(sides) {
  // A word carries the space after it, so that a run of different words is one mark.
  const [a, b] = sides.map((side) => wholeText(side).match(/\s*\S+\s*/g) || []);
  const [plainA, plainB] = [a, b].map((words) => words.map((word) => word.trim()));
  const { start, end } = sameEnds(plainA, plainB);
  const [middleA, middleB] = [plainA, plainB].map((words) => words.slice(start, words.length - end));
  if (Math.max(middleA.length, middleB.length) > LONGEST) {
    sayTooLong(Math.max(middleA.length, middleB.length));
    return false;
  }
  const common = commonWords(middleA, middleB);
  fill(sides[0], a, (index) => index < start || index >= a.length - end || common.a.has(index - start));
  fill(sides[1], b, (index) => index < start || index >= b.length - end || common.b.has(index - start));
  return true;
}

// What is folded, or not drawn because it is out of sight, is compared like the rest.
function wholeText(side) {
  const folded = [...side.querySelectorAll("details:not([open])")];
  folded.forEach((one) => (one.open = true));
  side.dataset.whole = "";
  const text = side.innerText;
  delete side.dataset.whole;
  folded.forEach((one) => (one.open = false));
  return text;
}

// Most pairs begin or end alike; what is the same there needs no table.
function sameEnds(a, b) {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return { start, end };
}

function sayTooLong(nWords) {
  const words = new Intl.NumberFormat("en");
  const notice = document.getElementById("too-long-to-compare");
  notice.firstElementChild.textContent = `Not marked: the texts part over ${words.format(nWords)} words, and up to ${words.format(LONGEST)} are compared. Both are shown whole.`;
  notice.hidden = false;
}

// The longest common subsequence of words, as the set of positions on either side.
function commonWords(a, b) {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j]
        ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const common = { a: new Set(), b: new Set() };
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      common.a.add(i++);
      common.b.add(j++);
    } else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i++;
    else j++;
  }
  return common;
}

// Neither side is the older one, so both are marked alike: nothing is struck through.
function fill(side, words, isCommon) {
  side.formatted = [...side.childNodes];
  const holder = document.createElement("div");
  holder.className = "prose--plain diff";
  let run = null;
  words.forEach((word, index) => {
    if (isCommon(index)) {
      run = null;
      holder.append(word);
    } else {
      run = run || holder.appendChild(document.createElement("ins"));
      run.append(word);
    }
  });
  side.replaceChildren(holder);
}
