// Present mode: clocks, the panel of a verdict, arrow keys. Without it every link and form still works as a page.
(function () {
  "use strict";

  // --- clocks: the server says since when, this page counts on ---------------
  var skew = 0;
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function tick() {
    var now = Date.now() / 1000 + skew;
    document.querySelectorAll("[data-clock]").forEach(function (clock) {
      var since = parseFloat(clock.dataset.since);
      var seconds = Math.max(0, Math.floor(parseFloat(clock.dataset.seconds || 0) + (since ? now - since : 0)));
      clock.textContent = two(Math.floor(seconds / 60)) + ":" + two(seconds % 60);
      clock.classList.toggle("is-over", seconds > 60 * parseFloat(clock.dataset.most));
    });
  }
  document.addEventListener("htmx:afterRequest", function (event) {
    var date = Date.parse(event.detail.xhr && event.detail.xhr.getResponseHeader("Date"));
    if (date) { skew = Math.abs(date - Date.now()) > 3000 ? (date - Date.now()) / 1000 : 0; }
  });
  window.setInterval(tick, 1000);
  document.addEventListener("htmx:load", tick);
  tick();

  // --- the panel -----------------------------------------------------------------
  var panel = document.getElementById("panel");
  var before = null;
  function shown() {
    if (!panel.firstElementChild) { if (panel.open) { panel.close(); } return; }
    if (!panel.open) { before = document.activeElement && document.activeElement.id; panel.showModal(); }
    var first = panel.querySelector("[aria-invalid=true], [autofocus]");
    if (first) { first.focus(); if (first.select) { first.select(); } }
  }
  panel.addEventListener("close", function () {
    panel.replaceChildren();
    var back = before && document.getElementById(before);
    (back || document.getElementById("main")).focus();
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    // At once, not after the pause that htmx leaves for transitions: a key pressed in it would open a whole page.
    window.htmx.process(document.getElementById("meeting"));
    window.htmx.process(panel);
    if (event.detail.target === panel) { shown(); }
  });
  // A decision of this page: ask for the meeting at once, not with the next tick.
  document.body.addEventListener("meeting-changed", function () {
    panel.replaceChildren();
    shown();
    var meeting = document.getElementById("meeting");
    window.htmx.ajax("GET", meeting.dataset.again, { target: "#meeting", swap: "outerHTML" });
  });

  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) { return; }
    if (target.closest("dialog [data-close]")) { event.preventDefault(); panel.close(); }
    var opener = target.closest("[data-open]");
    if (opener) { document.getElementById(opener.dataset.open).showModal(); }
  });

  // --- keys ------------------------------------------------------------------------
  var ARROWS = { ArrowRight: "walk-n", ArrowLeft: "walk-p" };
  document.addEventListener("keydown", function (event) {
    var form = event.target.closest && event.target.closest("form[data-enter]");
    if (form && event.key === "Enter" && !event.shiftKey && event.target.tagName === "TEXTAREA") {
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    if (form || document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var wanted = ARROWS[event.key] && document.getElementById(ARROWS[event.key]);
    if (wanted && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) { event.preventDefault(); wanted.click(); }
  });
})();
