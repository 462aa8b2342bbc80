// Keeps what is marked with data-live as the server has it, every two seconds. The page is whole without it.
"use strict";
(() => {
  const every = 2000;
  const control = document.querySelector(".live-control");
  const button = document.getElementById("live-pause");
  const status = document.getElementById("live-status");
  const manual = document.querySelector(".no-script");
  if (!control || !document.querySelector("[data-live]")) return;
  control.hidden = false;
  manual.hidden = true;
  let paused = false;
  let failed = false;

  const say = (words) => { if (status.textContent !== words) status.textContent = words; };
  // Somebody is in it, by focus or by a selection: to exchange it would take both away.
  const busy = (element) => {
    const chosen = document.getSelection();
    return element.contains(document.activeElement) && element !== document.activeElement
      || chosen && !chosen.isCollapsed && element.contains(chosen.anchorNode);
  };
  // The shape that was built of a page's own details stays as the person left it.
  const keepOpen = (former, fresh) => {
    const opened = former.querySelectorAll("details");
    fresh.querySelectorAll("details").forEach((each, index) => { if (opened[index]) each.open = opened[index].open; });
  };
  const take = (former, fresh) => {
    if (!fresh || former.innerHTML === fresh.innerHTML || busy(former)) return;
    const follows = former.hasAttribute("data-follow")
      && former.scrollHeight - former.scrollTop - former.clientHeight < 24;
    keepOpen(former, fresh);
    former.replaceChildren(...fresh.childNodes);
    if (follows) former.scrollTop = former.scrollHeight;
  };
  const refresh = async () => {
    if (paused || document.hidden) return;
    try {
      const answer = await fetch(location.href.split("#")[0], { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const live = [...document.querySelectorAll("[data-live]")];
      live.forEach((each) => take(each, page.getElementById(each.id)));
      say(live.some(busy) ? "Updates wait while you are in this list." : failed ? "Up to date again." : "");
      failed = false;
    } catch (error) {
      failed = true;
      say(error.message === "403" ? "You are signed out: run coditect open." : "The console does not answer; trying again.");
    }
  };
  button.addEventListener("click", () => {
    paused = !paused;
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? "Go on updating" : "Pause updates";
  });
  document.querySelectorAll("[data-follow]").forEach((each) => { each.scrollTop = each.scrollHeight; });
  const loop = async () => { await refresh(); setTimeout(loop, every); };
  setTimeout(loop, every);
})();
