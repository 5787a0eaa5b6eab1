/* Draws every .chart[data-figure] from the JSON of that id, in one shared look. */
(function () {
  "use strict";

  var FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif';

  var SHARED = {
    font: { family: FONT, size: 13, color: "#1f2933" },
    margin: { l: 56, r: 16, t: 28, b: 48 },
    paper_bgcolor: "#ffffff",
    plot_bgcolor: "#ffffff",
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", traceorder: "normal" },
    hoverlabel: { font: { family: FONT, size: 13 } },
    separators: ".,"
  };
  var AXIS = { gridcolor: "#e5e7eb", zerolinecolor: "#9aa3af", automargin: true, fixedrange: true };
  var CONFIG = {
    locale: "zh-CN",
    responsive: true,
    displaylogo: false,
    modeBarButtons: [["toImage"]],
    toImageButtonOptions: { format: "png", scale: 2 }
  };

  function layoutOf(own) {
    var layout = Object.assign({}, SHARED, own);
    layout.xaxis = Object.assign({}, AXIS, own.xaxis);
    layout.yaxis = Object.assign({}, AXIS, own.yaxis);
    return layout;
  }

  // What fits on A4 landscape beside its margins, in pixels: a chart drawn for a wide screen
  // would lose its right edge, and a tall one would be cut in two.
  var PAPER = { width: 1000, height: 620 };

  function drawnCharts() {
    return Array.prototype.slice.call(document.querySelectorAll(".chart.drawn"));
  }

  function resize(box, width, height) {
    box.style.width = width;
    box.style.height = height;
    window.Plotly.relayout(box, { autosize: true });
  }

  window.addEventListener("beforeprint", function () {
    drawnCharts().forEach(function (box) {
      var width = box.clientWidth;
      // What stays beside something else keeps its share of the page.
      if (box.closest(".columns-print")) {
        width = Math.floor(width * Math.min(1, PAPER.width / box.closest("main").clientWidth));
      }
      width = Math.min(width, PAPER.width);
      resize(box, width + "px", Math.min(box.clientHeight, PAPER.height) + "px");
    });
  });

  window.addEventListener("afterprint", function () {
    drawnCharts().forEach(function (box) { resize(box, "", box.dataset.height); });
  });

  function urlOf(event) {
    var point = event.points && event.points[0];
    var data = point && point.customdata;
    return typeof data === "string" ? data : null;
  }

  function draw(box) {
    var figure = JSON.parse(document.getElementById(box.dataset.figure).textContent);
    var layout = layoutOf(figure.layout);
    // The box has the height and the chart fills it: when the window changes, plotly forgets
    // a height of the chart's own, and what is then too tall would be cut off.
    box.dataset.height = (layout.height || box.clientHeight) + "px";
    box.style.height = box.dataset.height;
    delete layout.height;
    window.Plotly.newPlot(box, figure.data, layout, CONFIG).then(function () {
      box.classList.add("drawn");
      box.on("plotly_click", function (event) {
        var url = urlOf(event);
        if (url) { window.location.assign(url); }
      });
      box.on("plotly_hover", function (event) {
        box.classList.toggle("clickable", urlOf(event) !== null);
      });
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    Array.prototype.forEach.call(document.querySelectorAll(".chart[data-figure]"), draw);
  });
})();
