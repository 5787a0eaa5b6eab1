/* Rows to tick (form data-ticks="name of the boxes"): how many are ticked stands on the button;
   all below [data-tick-all] at once; what is ticked within a row ticks the row. */
(function () {
  "use strict";

  var form = document.querySelector("form[data-ticks]");
  if (!form) { return; }
  var name = form.getAttribute("data-ticks");
  var number = form.querySelector("[data-ticked]");
  var all = form.querySelector("[data-tick-all]");
  var button = form.querySelector("button[type=submit]");

  function boxes() {
    return Array.prototype.slice.call(form.querySelectorAll("input[name=" + name + "]"));
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

  // Parts of a row count only with the row.
  function withRow(box) {
    var line = box.closest("tr");
    var own = line && line.querySelector("input[name=" + name + "]");
    if (!own) { return; }
    if (box !== own) {
      own.checked = own.checked || box.checked;
    } else if (!own.checked) {
      Array.prototype.forEach.call(line.querySelectorAll("input[type=checkbox]"), function (part) {
        part.checked = false;
      });
    }
  }

  form.addEventListener("change", function (event) {
    if (event.target === all) {
      clean().forEach(function (box) { box.checked = all.checked; });
    } else {
      withRow(event.target);
    }
    count();
  });
  window.addEventListener("pageshow", count);
  count();
})();
