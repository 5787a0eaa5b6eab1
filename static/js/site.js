/* What every page can do: copy a text, send a form when a choice is made, open a cut-off
   text, bring an error summary into view. Plain ES2015; the pages work without it. */
(function () {
  "use strict";

  document.documentElement.classList.add("js");

  function announce(words) {
    var region = document.getElementById("announce");
    if (!region) { return; }
    region.textContent = "";
    // Emptied first: the same words twice are read twice.
    window.setTimeout(function () { region.textContent = words; }, 50);
  }

  // navigator.clipboard exists on HTTPS and on this machine only; on an intranet's plain
  // HTTP the old way is the only one.
  function copyOldWay(text) {
    var area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.style.position = "fixed";
    area.style.top = "0";
    area.style.opacity = "0";
    document.body.appendChild(area);
    area.select();
    var done = false;
    try { done = document.execCommand("copy"); } catch (refused) { done = false; }
    document.body.removeChild(area);
    return done;
  }

  function copy(text) {
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(text).then(
        function () { return true; },
        function () { return copyOldWay(text); }
      );
    }
    return Promise.resolve(copyOldWay(text));
  }

  function answer(button, words) {
    if (!button.dataset.words) { button.dataset.words = button.textContent; }
    button.textContent = words;
    announce(words);
    window.clearTimeout(Number(button.dataset.timer));
    button.dataset.timer = window.setTimeout(function () {
      button.textContent = button.dataset.words;
    }, 2500);
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (button) {
      var source = document.querySelector(button.dataset.copy);
      if (!source) { return; }
      copy(source.innerText.trim()).then(function (done) {
        button.focus();
        answer(button, done ? "已复制" : "未能复制，请手动选择");
      });
      return;
    }
    if (event.target.closest("[data-print-page]")) {
      window.print();
      return;
    }
    var cut = event.target.closest(".clamp");
    if (cut && !event.target.closest("a, button")) { cut.classList.toggle("open"); }
  });

  // A choice made with the mouse, or confirmed with Enter, sends its form at once. Arrow keys
  // only walk through the choices: what they reach is sent with Enter or when one moves on.
  var walking = false;
  var reached = null;

  function chooser(event) {
    return event.target.matches("select[data-autosubmit]") ? event.target : null;
  }

  function send(select) {
    reached = null;
    select.form.submit();
  }

  document.addEventListener("mousedown", function () { walking = false; });
  document.addEventListener("keydown", function (event) {
    walking = event.key !== "Enter";
    if (!walking && reached && reached === chooser(event)) { send(reached); }
  });
  document.addEventListener("change", function (event) {
    var select = chooser(event);
    if (!select) { return; }
    if (walking) { reached = select; } else { send(select); }
  });
  document.addEventListener("focusout", function (event) {
    if (reached && reached === event.target) { send(reached); }
  });

  // Going back, a browser puts its choosers where they were left: they would name another
  // round than the page that it shows.
  window.addEventListener("pageshow", function () {
    Array.prototype.forEach.call(document.querySelectorAll("form.context-form"), function (form) {
      form.reset();
    });
  });

  // Rows that are folded away on the screen stand on paper, where nothing can be opened.
  function foldOut(open) {
    Array.prototype.forEach.call(document.querySelectorAll("details[data-print]"), function (fold) {
      if (open) { fold.dataset.was = fold.open ? "open" : ""; }
      fold.open = open || fold.dataset.was === "open";
    });
  }
  window.addEventListener("beforeprint", function () { foldOut(true); });
  window.addEventListener("afterprint", function () { foldOut(false); });

  // What is already shown need not be fetched, and be gone back over, a second time: a text
  // typed into a filter is sent by leaving the field, and again by the button that one left for.
  document.addEventListener("htmx:beforeRequest", function (event) {
    var shown = window.location.pathname + window.location.search;
    if (event.detail.pathInfo.finalRequestPath === shown) { event.preventDefault(); }
  });

  // When a part of a page cannot be fetched, htmx leaves the old one standing without a word.
  function sayItFailed() {
    var main = document.getElementById("content");
    if (!main || document.getElementById("failed")) { return; }
    var words = document.createElement("div");
    words.id = "failed";
    words.className = "alert alert-danger";
    words.setAttribute("role", "alert");
    words.textContent = "没有取到新的内容，下面仍是原来的。请刷新页面后重试。";
    main.insertBefore(words, main.firstChild);
  }
  document.addEventListener("htmx:responseError", sayItFailed);
  document.addEventListener("htmx:sendError", sayItFailed);

  // A form that came back with what is wrong stands at the address it was sent to. Going back
  // to it would ask to send it again, and some of these addresses cannot be opened at all:
  // in the history it takes the place of the page it was filled in on.
  function forgetThePost() {
    var from = document.referrer;
    if (!document.body.hasAttribute("data-posted")) { return; }
    if (from.indexOf(window.location.origin + "/") !== 0) { return; }
    window.history.replaceState(null, "", from);
  }

  document.addEventListener("DOMContentLoaded", function () {
    forgetThePost();
    var faults = document.querySelector("[data-focus]");
    if (faults) { faults.focus(); }
  });
})();
