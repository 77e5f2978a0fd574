// Draws every <div class="chart" data-chart="id-of-json-script">. The JSON is an ECharts option; strings such as
// "$accent" or "$band" in it are replaced by the page's colours, again whenever the theme changes.
(function () {
  "use strict";
  var self = document.currentScript;
  var library = self ? self.dataset.echarts : "";
  var loading = null;

  function load() {
    if (window.echarts) { return Promise.resolve(); }
    if (!loading) {
      loading = new Promise(function (resolve, reject) {
        var script = document.createElement("script");
        script.src = library;
        script.onload = resolve;
        script.onerror = reject;
        document.head.appendChild(script);
      });
    }
    return loading;
  }

  function colour(name) {
    return window.getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  }

  function painted(value) {
    if (typeof value === "string" && value.charAt(0) === "$" && /^\$[a-z-]+$/.test(value)) {
      return colour(value.slice(1)) || value;
    }
    if (Array.isArray(value)) { return value.map(painted); }
    if (value && typeof value === "object") {
      var copy = {};
      Object.keys(value).forEach(function (key) { copy[key] = painted(value[key]); });
      return copy;
    }
    return value;
  }

  function axis() {
    return {
      axisLine: { lineStyle: { color: colour("line") } },
      axisTick: { show: false },
      axisLabel: { color: colour("muted"), hideOverlap: true },
      nameTextStyle: { color: colour("muted") },
      splitLine: { lineStyle: { color: colour("line") } }
    };
  }

  function theme() {
    return {
      color: [colour("accent"), colour("warn"), colour("muted"), colour("good"), colour("bad")],
      backgroundColor: "transparent",
      textStyle: { fontFamily: "Inter, sans-serif", color: colour("ink") },
      legend: { textStyle: { color: colour("muted") } },
      categoryAxis: Object.assign(axis(), { splitLine: { show: false } }),
      valueAxis: axis(), timeAxis: axis(), logAxis: axis()
    };
  }

  function option(element) {
    var source = document.getElementById(element.dataset.chart);
    if (!source) { return null; }
    var given = painted(JSON.parse(source.textContent));
    given.animation = false;
    given.tooltip = Object.assign({
      trigger: "axis", confine: true, backgroundColor: colour("paper"),
      borderColor: colour("line"), textStyle: { color: colour("ink") }
    }, given.tooltip || {}, { renderMode: "richText" });
    given.grid = given.grid || { left: 8, right: 16, top: 32, bottom: 8, containLabel: true };
    return given;
  }

  function draw(element) {
    var chosen = option(element);
    if (!chosen) { return; }
    var old = window.echarts.getInstanceByDom(element);
    if (old) { old.dispose(); }
    var chart = window.echarts.init(element, theme(), { renderer: "canvas" });
    chart.setOption(chosen);
    element.setAttribute("role", "img");
    if (element.dataset.label) { element.setAttribute("aria-label", element.dataset.label); }
    if (!element.dataset.watched) {
      element.dataset.watched = "yes";
      new ResizeObserver(function () {
        var now = window.echarts.getInstanceByDom(element);
        if (now) { now.resize(); }
      }).observe(element);
    }
  }

  function all(root) {
    var found = Array.prototype.slice.call((root || document).querySelectorAll(".chart[data-chart]"));
    if (root && root.matches && root.matches(".chart[data-chart]")) { found.push(root); }
    if (found.length) { load().then(function () { found.forEach(draw); }); }
  }

  // Paper has its own colours: charts are drawn anew, at once, before the page is taken.
  window.matchMedia("print").addEventListener("change", function () {
    if (!window.echarts) { return; }
    document.querySelectorAll(".chart[data-chart]").forEach(function (element) {
      draw(element);
      var now = window.echarts.getInstanceByDom(element);
      if (now) { now.getZr().flush(); }
    });
  });
  document.addEventListener("payback:theme", function () { if (window.echarts) { all(document); } });
  document.addEventListener("htmx:load", function (event) { if (event.detail.elt !== document.body) { all(event.detail.elt); } });
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", function () { all(document); });
  } else { all(document); }
})();
