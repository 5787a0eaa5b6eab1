/* Importing a list: a long reading goes on by itself, a row is put right in its place, and a
   mark in the words shows its value in the reading. Plain ES2015; the pages work without it. */
(function () {
  "use strict";

  document.addEventListener("DOMContentLoaded", function () {
    var form = document.querySelector("form[data-send-now]");
    if (form) { form.submit(); }
  });

  // htmx drops answers with a fault; ours are the row with what was typed and what is wrong.
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.xhr.status === 422 || event.detail.xhr.status === 409) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  document.addEventListener("htmx:afterSettle", function (event) {
    var row = document.getElementById(event.detail.target.id) || event.detail.elt;
    if (!row || !row.querySelector) { return; }
    var faults = row.querySelector("[data-focus]");
    if (faults) { faults.focus(); return; }
    var first = row.querySelector("form.import-read input:not([type=hidden])");
    if (first) { first.focus(); } else { row.focus(); }
  });

  function together(event, on) {
    var mark = event.target.closest && event.target.closest("[data-part]");
    if (!mark) { return; }
    var row = mark.closest(".import-row");
    if (!row) { return; }
    var parts = row.querySelectorAll("[data-part='" + mark.dataset.part + "']");
    Array.prototype.forEach.call(parts, function (part) { part.classList.toggle("together", on); });
  }
  document.addEventListener("mouseover", function (event) { together(event, true); });
  document.addEventListener("mouseout", function (event) { together(event, false); });
  document.addEventListener("focusin", function (event) { together(event, true); });
  document.addEventListener("focusout", function (event) { together(event, false); });
})();
