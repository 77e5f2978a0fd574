// Naming somebody in a comment: the chosen name is written behind the words, with an @.
(function () {
  "use strict";

  document.addEventListener("change", function (event) {
    var box = event.target;
    if (!box.matches || !box.matches("[data-mention]") || !box.value.trim()) { return; }
    var chosen = Array.prototype.some.call(box.list ? box.list.options : [], function (option) {
      return option.value === box.value;
    });
    var words = box.form && box.form.querySelector("textarea");
    if (!chosen || !words) { return; }
    var gap = words.value && !/\s$/.test(words.value) ? " " : "";
    words.value += gap + "@" + box.value.trim() + " ";
    box.value = "";
    words.focus();
  });
})();
