// Behaviour shared by every page. Nothing here is needed to read a page or to send a form.
(function () {
  "use strict";

  function csrf() {
    var meta = document.querySelector('meta[name="csrf-token"]');
    return meta ? meta.content : "";
  }

  // --- messages -----------------------------------------------------------
  function say(text) {
    var box = document.getElementById("messages");
    if (!box) { return; }
    var line = document.createElement("div");
    line.className = "message message-bad";
    line.textContent = text;
    box.appendChild(line);
    line.scrollIntoView({ block: "nearest" });
  }

  function refusal(xhr) {
    var type = xhr.getResponseHeader("Content-Type") || "";
    if (type.indexOf("application/json") === 0) {
      try { return JSON.parse(xhr.responseText).message || "This was refused."; } catch (e) { /* fall through */ }
    }
    if (xhr.status === 403) { return "You may not do that. If you think you should, ask an administrator."; }
    if (xhr.status === 404) { return "That is no longer there, or not visible to you. Reload the page."; }
    if (xhr.status === 409) { return "Somebody changed this meanwhile. Reload the page and try again."; }
    return "The server could not do that just now. Nothing was changed; try again.";
  }

  // --- htmx -----------------------------------------------------------------
  document.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-CSRFToken"] = csrf();
  });
  document.addEventListener("htmx:responseError", function (event) {
    // A part that loads itself stays quiet: the page around it is still whole.
    if (event.detail.requestConfig && event.detail.requestConfig.verb === "get") { return; }
    say(refusal(event.detail.xhr));
  });
  document.addEventListener("htmx:sendError", function (event) {
    if (event.detail.requestConfig && event.detail.requestConfig.verb === "get") { return; }
    say("The server did not answer. Check the connection and try again.");
  });

  // A part that asks for itself again rests while nobody looks at the page.
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (document.hidden && event.target.hasAttribute("data-while-seen")) { event.preventDefault(); }
  });

  // A part that is replaced while somebody reads its details has them open again; their own parts load again too.
  var kept = [];
  document.addEventListener("htmx:beforeSwap", function (event) {
    event.detail.target.querySelectorAll("details[id][open]").forEach(function (box) { kept.push(box.id); });
  });
  document.addEventListener("htmx:afterSettle", function () {
    kept.splice(0).forEach(function (id) {
      var box = document.getElementById(id);
      if (box) { box.open = true; }
    });
  });

  // --- confirm dialogs ------------------------------------------------------
  function ask(question, yes) {
    var dialog = document.getElementById("confirm-dialog");
    if (!dialog || !dialog.showModal) { if (window.confirm(question)) { yes(); } return; }
    dialog.querySelector("[data-question]").textContent = question;
    dialog.returnValue = "";
    dialog.addEventListener("close", function () { if (dialog.returnValue === "yes") { yes(); } }, { once: true });
    dialog.showModal();
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    var button = event.submitter;
    var question = (button && button.dataset.confirm) || form.dataset.confirm;
    if (!question || form.dataset.confirmed) { return; }
    event.preventDefault();
    event.stopPropagation();
    ask(question, function () {
      form.dataset.confirmed = "yes";
      form.requestSubmit(button || undefined);
      delete form.dataset.confirmed;
    });
  }, true);

  document.addEventListener("htmx:confirm", function (event) {
    if (!event.detail.question) { return; }
    event.preventDefault();
    ask(event.detail.question, function () { event.detail.issueRequest(true); });
  });

  // --- clicks -----------------------------------------------------------------
  function copy(button) {
    var source = document.querySelector(button.dataset.copy);
    if (!source || !navigator.clipboard) { return; }
    navigator.clipboard.writeText(source.value || source.textContent).then(function () {
      var before = button.textContent;
      button.textContent = "Copied";
      window.setTimeout(function () { button.textContent = before; }, 2000);
    });
  }

  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== except) { menu.removeAttribute("open"); }
    });
  }

  document.addEventListener("click", function (event) {
    var target = event.target instanceof Element ? event.target : null;
    if (!target) { return; }
    closeMenus(target.closest("details.menu"));
    if (target.closest("[data-toggle-theme]")) { window.paybackTheme.toggle(); }
    if (target.closest("[data-copy]")) { copy(target.closest("[data-copy]")); }
    if (target.closest("[data-print]")) { window.print(); }
  });

  // --- keyboard ---------------------------------------------------------------
  function typing(element) {
    return element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
  }

  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { closeMenus(null); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) { return; }
    if (document.querySelector("dialog[open]")) { return; }
    var found = event.key === "/"
      ? document.querySelector("[data-search], input[type=search]")
      : document.querySelector('[data-key="' + window.CSS.escape(event.key.toLowerCase()) + '"]');
    if (!found) { return; }
    event.preventDefault();
    if (event.key === "/") { found.focus(); found.select(); } else { found.click(); found.focus(); }
  });

  // --- wide tables ------------------------------------------------------------
  // A table that scrolls sideways must be reachable by keyboard; one that fits must not be a stop on the way.
  function reachable() {
    document.querySelectorAll(".table-wrap, pre").forEach(function (box) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        if (!box.hasAttribute("aria-label")) { box.setAttribute("aria-label", "Scrolls sideways"); }
      } else if (box.getAttribute("aria-label") === "Scrolls sideways") {
        box.removeAttribute("tabindex");
        box.removeAttribute("role");
        box.removeAttribute("aria-label");
      }
    });
  }
  window.addEventListener("resize", reachable);
  document.addEventListener("htmx:load", reachable);
  document.addEventListener("toggle", reachable, true);
  reachable();
  if (document.fonts) { document.fonts.ready.then(reachable); }

  // A select or date marked so sends its filter form at once; the button stays for those without scripts.
  document.addEventListener("change", function (event) {
    if (event.target.matches && event.target.matches("[data-autosubmit]")) { event.target.form.requestSubmit(); }
  });
})();
