// What scripts share about the page. It does nothing when it is loaded: under hashed file names a module can be
// loaded twice, and a listener registered twice would toggle the theme there and back.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", second: "2-digit" });
const dayAndClock = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const withYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DAY = 86_400_000;

export function timeInWords(at, format) {
  if (format === "seconds") return clockWithSeconds.format(at);
  const today = new Date().setHours(0, 0, 0, 0);
  const day = new Date(at).setHours(0, 0, 0, 0);
  const daysAway = Math.round((day - today) / DAY);
  if (daysAway === 0) return `today ${clock.format(at)}`;
  if (daysAway === 1) return `tomorrow ${clock.format(at)}`;
  if (daysAway === -1) return `yesterday ${clock.format(at)}`;
  return (at.getFullYear() === new Date().getFullYear() ? dayAndClock : withYear).format(at);
}

export function toast(text, kind = "info") {
  const place = document.getElementById("toasts");
  if (!place || [...place.children].some((one) => one.textContent === text)) return;
  const element = document.createElement("div");
  element.className = `toast toast--${kind}`;
  element.textContent = text;
  place.append(element);
  setTimeout(() => element.remove(), kind === "danger" ? 12_000 : 5_000);
}

export const LOGGED_OUT = "You are logged out. Log in again in another tab, then repeat this; nothing here is lost.";

// Whoever logs in again in another tab gets a new token there; the page that was left open must learn it.
export async function renewCsrf() {
  try {
    const response = await fetch(location.href, { redirect: "error", credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
    if (!token) return false;
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    return true;
  } catch {
    return false;
  }
}
