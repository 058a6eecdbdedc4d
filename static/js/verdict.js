// What a verdict asks for beside itself: a note, what failed, to whom it goes, and the text as it should be.

const criterionOf = () => document.querySelector("#review-form .criterion--verdict");
const named = (name) => criterionOf()?.querySelector(`[name="${name}"]`);
const correction = () => document.getElementById("correction");

const chosenVerdict = () => criterionOf()?.querySelector('[name="verdict"]:checked')?.value || "";

function isCorrected() {
  const field = correction();
  return Boolean(field?.value.trim()) && ("changed" in field.dataset || field.value.trim() !== field.defaultValue.trim());
}

// The first field that the verdict needs and that is still empty.
export function detailWanted() {
  const verdict = chosenVerdict();
  const isEmpty = (name) => !named(name)?.value.trim();
  const isFailing = verdict === "reject" || verdict === "revise";
  const isBegun = ["failure_kind", "failure_severity", "failure_cause"].some((name) => !isEmpty(name));
  const wants = [];
  if (verdict && verdict !== "approve" && !(verdict === "revise" && isCorrected()) && isEmpty("note")) wants.push("note");
  if (verdict === "reject" || (isFailing && isBegun)) {
    wants.push(...["failure_kind", "failure_severity"].filter(isEmpty));
    if (named("failure_kind")?.value === "other" && isEmpty("failure_words")) wants.push("failure_words");
  }
  if (verdict === "escalate" && named("escalated_to")?.value === "person") wants.push("escalated_to");
  return wants.length ? named(wants[0]) : null;
}

// A text that nobody edits is not sent along with every draft.
export function showDetails() {
  const field = correction();
  if (field) field.disabled = chosenVerdict() !== "revise";
  if (chosenVerdict() === "escalate") listPeople();
}

async function listPeople() {
  const select = named("escalated_to");
  const placeholder = select?.querySelector('option[value="person"]');
  if (!placeholder || select.dataset.asked) return;
  select.dataset.asked = "";
  try {
    const response = await fetch(document.querySelector("main.desk").dataset.addresseesUrl);
    const { people } = await response.json();
    placeholder.replaceWith(...people.map(({ value, label }) => new Option(label, value)));
  } catch {
    delete select.dataset.asked; // the roles stay, and the names come when it is asked for again
  }
}

export function openCorrection() {
  const field = correction();
  if (!field) return false;
  field.disabled = false;
  field.focus();
  field.scrollIntoView({ block: "nearest", behavior: "instant" });
  return true;
}
