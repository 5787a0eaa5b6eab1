/* The columns of a layout as a list: moved, added and dropped with buttons, also from the
   keyboard. Without this the numbers in front of the columns do the same. Plain ES2015. */
(function () {
  "use strict";

  var form = document.getElementById("layout-form");
  var chosen = document.getElementById("chosen-columns");
  if (!form || !chosen) { return; }

  function rows() { return Array.prototype.slice.call(chosen.querySelectorAll("tr[data-column]")); }

  function number() {
    rows().forEach(function (row, at) { row.querySelector(".column-place").value = at + 1; });
  }

  function say(words) {
    var region = document.getElementById("announce");
    if (region) { region.textContent = words; }
  }

  function changed() { form.dispatchEvent(new CustomEvent("columnschange", { bubbles: true })); }

  // Where a dropped column goes back to: remembered, or the first of the other lists.
  var homes = {};
  Array.prototype.forEach.call(document.querySelectorAll("[data-others] tr[data-column]"), function (row) {
    homes[row.dataset.column] = row.parentNode;
  });

  function drop(row) {
    row.querySelector(".column-place").value = "";
    var home = homes[row.dataset.column] || document.querySelector("[data-others]");
    var more = document.querySelector(".layout-more");
    if (more) { more.open = true; }
    if (home) { home.insertBefore(row, home.firstChild); }
  }

  form.addEventListener("click", function (event) {
    var button = event.target.closest("button[data-do]");
    if (!button) { return; }
    var row = button.closest("tr");
    var word = row.querySelector("strong").textContent;
    var what = button.dataset.do;
    if (what === "up" && row.previousElementSibling) { chosen.insertBefore(row, row.previousElementSibling); }
    if (what === "down" && row.nextElementSibling) { chosen.insertBefore(row.nextElementSibling, row); }
    if (what === "add") { chosen.appendChild(row); }
    if (what === "drop") { drop(row); }
    number();
    var inside = row.parentNode === chosen;
    var place = row.querySelector(".column-place").value;
    say(inside ? word + "：第" + place + "列" : "已去掉" + word);
    // The button may have gone with its place: the focus stays in the row.
    var next = inside ? (what === "add" ? "up" : what) : "add";
    var focus = row.querySelector('button[data-do="' + next + '"]');
    if (focus) { focus.focus(); }
    changed();
  });

  // A number typed by hand takes the row where it says.
  form.addEventListener("change", function (event) {
    if (!event.target.matches(".column-place")) { return; }
    var row = event.target.closest("tr");
    var wanted = parseInt(event.target.value, 10);
    if (event.target.value.trim() === "") {
      if (row.parentNode === chosen) { drop(row); }
    } else if (wanted > 0) {
      var others = rows().filter(function (other) { return other !== row; });
      chosen.insertBefore(row, others[wanted - 1] || null);
    } else { return; }
    number();
  });
}());
