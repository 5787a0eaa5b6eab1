/* The queue of the review: how many are ticked stands on the button; all clean ones at once. */
(function () {
  "use strict";

  var form = document.querySelector("form[data-ticks]");
  if (!form) { return; }
  var number = form.querySelector("[data-ticked]");
  var all = form.querySelector("[data-tick-all]");
  var button = form.querySelector("button[type=submit]");

  function boxes() {
    return Array.prototype.slice.call(form.querySelectorAll("input[name=report]"));
  }

  // The clean ones stand below the line that ticks them all.
  function clean() {
    return boxes().filter(function (box) {
      return all.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING;
    });
  }

  function count() {
    var ticked = boxes().filter(function (box) { return box.checked; }).length;
    if (number) { number.textContent = ticked; }
    if (button) { button.disabled = ticked === 0; }
    if (all) {
      var below = clean();
      var on = below.filter(function (box) { return box.checked; }).length;
      all.checked = on === below.length;
      all.indeterminate = on > 0 && on < below.length;
    }
  }

  form.addEventListener("change", function (event) {
    if (event.target === all) {
      clean().forEach(function (box) { box.checked = all.checked; });
    }
    count();
  });
  window.addEventListener("pageshow", count);
  count();
})();
