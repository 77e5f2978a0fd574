// Triage by keyboard: a row is current, some are chosen; a verb goes to the chosen ones, else to the current one.
(function () {
  "use strict";

  var form = document.getElementById("triage");
  if (!form) { return; }
  var rows = Array.prototype.slice.call(form.querySelectorAll("[data-row]"));
  var said = form.querySelector("[data-chosen]");
  var at = -1;

  function box(row) { return row.querySelector("input[type=checkbox]"); }
  function chosen() { return rows.filter(function (row) { return box(row) && box(row).checked; }); }

  function count() {
    var n = chosen().length;
    if (said) { said.textContent = n === 0 ? "None chosen" : n + " chosen"; }
  }

  function go(to) {
    if (!rows.length) { return; }
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows.forEach(function (row, n) { row.classList.toggle("is-current", n === at); });
    rows[at].focus();
    window.sessionStorage.setItem("triage-row", String(at));
  }

  function act(key) {
    var button = form.querySelector('[data-verb="' + key + '"]');
    if (!button) { return false; }
    if (!chosen().length && at >= 0) { box(rows[at]).checked = true; }
    if (!chosen().length) { return true; }
    form.requestSubmit(button);
    return true;
  }

  var keys = {
    j: function () { go(at + 1); }, arrowdown: function () { go(at + 1); },
    k: function () { go(at - 1); }, arrowup: function () { go(at - 1); },
    x: function () { if (at >= 0 && box(rows[at])) { box(rows[at]).checked = !box(rows[at]).checked; count(); } },
    enter: function () { if (at >= 0) { rows[at].querySelector("a").click(); } },
  };

  document.addEventListener("keydown", function (event) {
    var element = event.target;
    var typing = element && /^(TEXTAREA|SELECT)$/.test(element.tagName)
      || element && element.tagName === "INPUT" && element.type !== "checkbox";
    if (event.ctrlKey || event.metaKey || event.altKey || typing) { return; }
    if (document.querySelector("dialog[open]")) { return; }
    var key = event.key.toLowerCase();
    if (key === "enter" && element && /^(A|BUTTON|SUMMARY)$/.test(element.tagName)) { return; }
    if (keys[key]) { event.preventDefault(); keys[key](); return; }
    if (act(key)) { event.preventDefault(); }
  });

  form.addEventListener("change", count);
  rows.forEach(function (row, n) {
    row.addEventListener("click", function (event) { if (!event.target.closest("a, input")) { go(n); } });
  });
  count();
  // After a step the next one stands where the last one stood.
  var kept = window.sessionStorage.getItem("triage-row");
  if (kept !== null && rows.length) { go(Number(kept)); }
})();
