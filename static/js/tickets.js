// Minutes from touches x minutes a touch, on the form of a draft that came from tickets; and a file that is too large
// is told before it is sent.
(function () {
  "use strict";

  function fill(input) {
    var minutes = document.getElementById("id_minutes");
    var each = parseFloat(String(input.value).replace(",", "."));
    if (!minutes || !(each > 0)) { return; }
    minutes.value = String(Math.round(each * parseFloat(input.dataset.touches) * 100) / 100);
    minutes.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function tooLarge(form) {
    var file = form.querySelector("input[type=file]");
    var chosen = file && file.files ? file.files[0] : null;
    return Boolean(chosen && chosen.size > Number(form.dataset.mostBytes));
  }

  document.addEventListener("input", function (event) {
    if (event.target.matches && event.target.matches("[data-touches]")) { fill(event.target); }
  });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.dataset || !form.dataset.mostBytes) { return; }
    var told = form.querySelector("[data-too-large]");
    told.hidden = !tooLarge(form);
    if (!told.hidden) { event.preventDefault(); }
  });
})();
