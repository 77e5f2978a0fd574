// Filing a candidate: another reading of a pasted text is taken with one click; Enter in "mine differs" submits nothing.
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    var button = event.target.closest ? event.target.closest("[data-fill]") : null;
    if (!button) { return; }
    var field = document.getElementById(button.dataset.fill);
    if (!field) { return; }
    if (field.matches("input, select, textarea")) {
      field.value = button.dataset.value;
    } else {
      var choice = field.querySelector('[value="' + window.CSS.escape(button.dataset.value) + '"]');
      if (choice) { choice.checked = true; field = choice; }
    }
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });

  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.matches && event.target.matches("[name^='differs-']")) {
      event.preventDefault();
    }
  });
})();
