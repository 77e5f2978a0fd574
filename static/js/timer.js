// The timer on a phone. Samples wait on the phone while there is no network; each has an id, so sent twice it is one.
(function () {
  "use strict";
  var page = document.querySelector("[data-timer]");
  if (!page) { return; }
  var key = "payback" + page.dataset.url, started = null, ticking = null;
  var count = parseInt(page.querySelector("[data-count]").textContent, 10) || 0, last = [], sending = false;

  function read(name, none) {
    try { return JSON.parse(window.localStorage.getItem(key + name)) || none; } catch (e) { return none; }
  }
  function write(name, value) {
    try { window.localStorage.setItem(key + name, JSON.stringify(value)); } catch (e) { /* kept in this page only */ }
  }
  var waiting = read("waiting", []);
  started = read("started", null);

  function id() {
    var bytes = new Uint8Array(16);
    window.crypto.getRandomValues(bytes);
    return Array.from(bytes, function (b) { return ("0" + b.toString(16)).slice(-2); }).join("");
  }
  function show(selector, on) {
    var found = page.querySelector(selector);
    if (found) { found.hidden = !on; }
  }
  function draw() {
    page.querySelector("[data-count]").textContent = count + waiting.filter(function (w) { return !w.undo; }).length;
    show("[data-undo-row]", last.length > 0);
    var note = page.querySelector("[data-offline]");
    note.hidden = !waiting.length;
    note.textContent = waiting.length + " kept on this phone until there is a network.";
  }
  function post(entry) {
    var body = new URLSearchParams({ client_id: entry.id });
    if (!entry.undo) { body.set("value", entry.value); }
    return window.fetch(entry.undo ? page.dataset.undo : page.dataset.url, {
      method: "POST", body: body, headers: { Accept: "application/json" }, credentials: "omit", cache: "no-store"
    });
  }
  function send() {
    if (sending || !waiting.length) { draw(); return; }
    sending = true;
    post(waiting[0]).then(function (answer) {
      if (answer.status === 404) { window.location.reload(); return; }
      if (answer.status === 429 || answer.status >= 500) { throw new Error("later"); }
      return answer.json().then(function (told) {
        waiting.shift();
        write("waiting", waiting);
        if (typeof told.count === "number") { count = told.count; }
        sending = false;
        draw();
        if (waiting.length) { send(); } else if (count >= parseInt(page.dataset.fewest, 10) && !page.querySelector("[data-finish]")) { window.location.reload(); }
      });
    }).catch(function () {
      sending = false;
      draw();
      window.setTimeout(send, 5000);
    });
  }
  function add(value) {
    var entry = { id: id(), value: value };
    last.push(entry.id);
    waiting.push(entry);
    write("waiting", waiting);
    draw();
    send();
  }

  // --- start and stop ------------------------------------------------------------
  var button = page.querySelector("[data-start]"), clock = page.querySelector("[data-clock]");
  function running() {
    var seconds = started ? Math.floor((Date.now() - started) / 1000) : 0;
    clock.textContent = Math.floor(seconds / 60) + ":" + ("0" + (seconds % 60)).slice(-2);
    button.textContent = started ? "Stop" : "Start";
    button.classList.toggle("is-running", Boolean(started));
    window.clearInterval(ticking);
    if (started) { ticking = window.setInterval(running, 500); }
  }
  if (button) {
    button.hidden = clock.hidden = false;
    button.addEventListener("click", function () {
      if (started) {
        var minutes = (Date.now() - started) / 60000;
        started = null;
        if (minutes > 0.005) { add(minutes.toFixed(4)); }
      } else {
        started = Date.now();
      }
      write("started", started);
      running();
    });
    running();
  }
  show("[data-answers]", true);
  page.querySelectorAll("[data-answer]").forEach(function (one) {
    one.addEventListener("click", function () { add(one.dataset.answer); });
  });
  var undo = page.querySelector("[data-undo-last]");
  undo.addEventListener("click", function () {
    var which = last.pop();
    var kept = waiting.findIndex(function (w) { return w.id === which && !w.undo; });
    if (kept > 0 || (kept === 0 && !sending)) { waiting.splice(kept, 1); } else { waiting.push({ id: which, undo: true }); }
    write("waiting", waiting);
    draw();
    send();
  });
  show("[data-plain-undo]", false);
  window.addEventListener("online", send);
  draw();
  send();
})();
