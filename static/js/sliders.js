// A slider beside a number that lies between two ends: dragging it fills in the number, and says so to what listens.

function addSlider(number) {
  const slider = document.createElement("input");
  slider.type = "range";
  slider.min = number.min;
  slider.max = number.max;
  slider.step = number.dataset.slider;
  slider.value = number.value;
  // It has no name: the number alone is sent.
  slider.setAttribute("aria-label", `${number.labels[0]?.textContent.trim() ?? ""} (slider)`);
  slider.addEventListener("input", () => {
    number.value = slider.value;
    number.dispatchEvent(new CustomEvent("slide", { bubbles: true }));
  });
  number.addEventListener("input", () => (slider.value = number.value));
  number.after(slider);
}

for (const number of document.querySelectorAll("input[data-slider]")) addSlider(number);
