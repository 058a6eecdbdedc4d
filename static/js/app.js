// What every page shares: theme, times in the reader's zone, menus, dialogs, toasts, and htmx that never fails silently.

import { LOGGED_OUT, renewCsrf, timeInWords, toast } from "./page.js";

const root = document.documentElement;

// --- theme ---

function toggleTheme() {
  const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const isDark = (root.dataset.theme || (prefersDark ? "dark" : "light")) === "dark";
  root.dataset.theme = isDark ? "light" : "dark";
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
}

// --- times ---

const inFull = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

function localiseTimes(within) {
  for (const element of within.querySelectorAll("time[datetime]:not([data-local])")) {
    const at = new Date(element.dateTime);
    // A date without a time is a calendar day, the same in every zone.
    if (Number.isNaN(at.getTime()) || !element.dateTime.includes("T")) continue;
    element.dataset.local = "";
    element.title = inFull.format(at);
    element.textContent = timeInWords(at, element.dataset.format);
  }
}

// --- htmx: a refused form is swapped in like an accepted one; a failure says so and leaves the page as it is ---

const OFFLINE = "No connection. Nothing is lost; try again in a moment.";
const FAILED = "The server could not do this. Nothing is lost; try again in a moment.";

if (window.htmx) {
  window.htmx.config.timeout = 30_000;
  window.htmx.config.refreshOnHistoryMiss = true;
  window.htmx.config.attributesToSettle = ["class"]; // the page's policy refuses any touch of a style attribute
  window.htmx.config.responseHandling = [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "409", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ];
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = event.detail.xhr.responseURL;
  if (answered && new URL(answered).pathname.startsWith("/login/")) {
    event.detail.shouldSwap = false;
    toast(LOGGED_OUT, "danger");
  }
});
document.addEventListener("htmx:sendError", () => toast(OFFLINE, "danger"));
document.addEventListener("htmx:timeout", () => toast(OFFLINE, "danger"));
document.addEventListener("htmx:responseError", async (event) => {
  const status = event.detail.xhr.status;
  if (status === 403) toast((await renewCsrf()) ? "You had logged in anew. Please press once more." : LOGGED_OUT, "danger");
  else toast(status === 404 ? "This is not there any more, or not yours to see." : FAILED, "danger");
});

// --- clicks and Escape ---

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : root;
  if (target.closest("[data-theme-toggle]")) toggleTheme();
  const opener = target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (target instanceof HTMLDialogElement) target.close(); // the backdrop
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
  const account = target.closest("[data-fill-in]");
  if (account) {
    event.preventDefault();
    document.querySelector("[name=username]").value = account.dataset.fillIn;
    document.querySelector("[name=password]").value = account.dataset.fillPassword;
    document.querySelector("form [type=submit]").focus();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    const hadFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (hadFocus) menu.querySelector("summary").focus();
  }
});

// --- a run that is being computed: ask now and then, and load the page again once it is there ---

const ASK_EVERY_MS = 2_000;

// Not by htmx: a question on its way while somebody leaves the page would be reported as an error.
async function reloadWhenDone(element) {
  while (element.isConnected) {
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    try {
      const answer = await fetch(element.dataset.reloadWhenDone, { headers: { "HX-Request": "true" } });
      if (answer.headers.has("HX-Refresh") || answer.redirected) return location.reload();
    } catch {
      // No connection, or the page is being left.
    }
  }
}

for (const element of document.querySelectorAll("[data-reload-when-done]")) reloadWhenDone(element);

function settle(within) {
  localiseTimes(within);
  within.querySelector("[data-focus]")?.focus();
}

// On a phone the project's pages are one strip, beside a page a column: the page that is open must be in sight. The strip
// is scrolled and nothing else; `scrollIntoView` would scroll the page as well.
for (const strip of document.querySelectorAll(".nav")) {
  const open = strip.querySelector("[aria-current]");
  if (!open) continue;
  const [link, frame] = [open.getBoundingClientRect(), strip.getBoundingClientRect()];
  strip.scrollLeft += link.left + link.width / 2 - (frame.left + frame.width / 2);
  strip.scrollTop += link.top + link.height / 2 - (frame.top + frame.height / 2);
}

document.addEventListener("htmx:afterSettle", () => settle(document));
settle(document);
