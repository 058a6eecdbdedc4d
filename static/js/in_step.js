// A summary and its source scroll in step, each by the same share of its own length. Switched off it stays off.

const panes = () => [document.getElementById("context"), document.querySelector(".pane--output")];
const button = () => document.querySelector("[data-toggle-in-step]");
const isOn = () => localStorage.getItem("scroll-in-step") !== "off";
const settled = new WeakMap(); // where a pane was put by the other one: that scroll is not answered

export function startInStep() {
  button().parentElement.hidden = false;
  button().setAttribute("aria-pressed", String(isOn()));
  for (const pane of panes()) {
    pane.removeEventListener("scroll", follow);
    pane.addEventListener("scroll", follow, { passive: true });
  }
}

export function toggleInStep() {
  localStorage.setItem("scroll-in-step", isOn() ? "off" : "on");
  button().setAttribute("aria-pressed", String(isOn()));
}

function follow(event) {
  const leader = event.target;
  const follower = panes().find((pane) => pane !== leader);
  if (!isOn() || !follower) return;
  if (Math.abs(leader.scrollTop - settled.get(leader)) < 2) {
    settled.delete(leader);
    return;
  }
  const way = leader.scrollHeight - leader.clientHeight;
  const target = way > 0 ? (leader.scrollTop / way) * (follower.scrollHeight - follower.clientHeight) : 0;
  if (Math.abs(follower.scrollTop - target) < 2) return;
  settled.set(follower, target);
  follower.scrollTop = target;
}
