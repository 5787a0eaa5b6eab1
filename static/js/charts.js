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

  function urlOf(event) {
    var point = event.points && event.points[0];
    var data = point && point.customdata;
    return typeof data === "string" ? data : null;
  }

  function draw(box) {
    var figure = JSON.parse(document.getElementById(box.dataset.figure).textContent);
    window.Plotly.newPlot(box, figure.data, layoutOf(figure.layout), CONFIG).then(function () {
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
