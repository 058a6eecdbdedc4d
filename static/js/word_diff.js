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
  const [a, b] = sides.map((side) => side.innerText.match(/\s*\S+\s*/g) || []);
  if (Math.max(a.length, b.length) > LONGEST) {
    document.querySelector("[data-toggle-diff]").textContent = "Too long to compare";
    return false;
  }
  const common = commonWords(a.map((word) => word.trim()), b.map((word) => word.trim()));
  fill(sides[0], a, common.a);
  fill(sides[1], b, common.b);
  return true;
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
function fill(side, words, common) {
  side.formatted = [...side.childNodes];
  const holder = document.createElement("div");
  holder.className = "prose--plain diff";
  let run = null;
  words.forEach((word, index) => {
    if (common.has(index)) {
      run = null;
      holder.append(word);
    } else {
      run = run || holder.appendChild(document.createElement("ins"));
      run.append(word);
    }
  });
  side.replaceChildren(holder);
}
