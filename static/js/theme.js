// Runs before the first paint: a chosen theme wins over the system's.
(function () {
  "use strict";
  var root = document.documentElement;
  var chosen = null;
  try { chosen = window.localStorage.getItem("payback-theme"); } catch (e) { chosen = null; }
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    root.setAttribute("data-bs-theme", chosen || (dark.matches ? "dark" : "light"));
    document.dispatchEvent(new CustomEvent("payback:theme"));
  }
  window.paybackTheme = {
    toggle: function () {
      chosen = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
      try { window.localStorage.setItem("payback-theme", chosen); } catch (e) { /* private window: this page only */ }
      apply();
    }
  };
  dark.addEventListener("change", apply);
  apply();
})();
