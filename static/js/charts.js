// Draws every <figure class="chart"> whose specification stands in it as JSON. What a chart says is decided on the
// server; here is only how it looks. If anything fails, the table behind the picture is there and open.

// Colours stay tokens in the drawing: another theme, or paper, changes them without drawing anew.
const token = (name) => `var(--${name})`;

function looksIn(picture) {
  const { fontFamily: font, fontSize } = getComputedStyle(picture);
  const size = Number.parseFloat(fontSize);
  const text = { font, fontSize: size, fill: token("ink-soft"), lineHeight: size * 1.2 };
  const frame = {
    background: "transparent",
    view: { stroke: token("line") },
    axis: {
      labelFont: font, labelFontSize: size, labelColor: token("ink-soft"), labelLineHeight: size * 1.3,
      titleFont: font, titleFontSize: size, titleFontWeight: 400, titleColor: token("ink-soft"), titlePadding: size * 0.6,
      gridColor: token("line"), domainColor: token("line-control"), tickColor: token("line-control"),
    },
  };
  const marks = {
    bar: { stroke: token("ink-faint"), strokeWidth: 1, strokeDash: [2, 3] },
    thread: { stroke: token("line-strong"), strokeWidth: 1 },
    range: { stroke: token("accent"), strokeWidth: 5, strokeCap: "round", opacity: 0.45 },
    solid: { fill: token("accent"), stroke: token("surface"), strokeWidth: 1.5, size: 72, opacity: 1 },
    hollow: { fill: token("surface"), stroke: token("accent"), strokeWidth: 2, size: 56, opacity: 1 },
    column: { fill: token("accent"), stroke: token("surface"), strokeWidth: 1, opacity: 0.75 },
    words: text,
    count: text,
    faint: { ...text, fill: token("ink-faint") },
    name: { ...text, fill: token("ink") },
  };
  return { frame, marks };
}

function dressed(spec, marks) {
  const { style, ...mark } = spec.mark ?? {};
  return {
    ...spec,
    ...(spec.mark && { mark: { ...marks[style], ...mark } }),
    ...(spec.layer && { layer: spec.layer.map((one) => dressed(one, marks)) }),
  };
}

// --- drawing ---

const drawn = new WeakMap(); // figure → the width it was drawn for, and the view

async function draw(figure) {
  const picture = figure.querySelector(".chart__picture");
  const width = Math.floor(picture.clientWidth);
  const before = drawn.get(figure);
  if (!width || before?.width === width) return;
  drawn.set(figure, { ...before, width });
  try {
    const { vegaEmbed } = await import(figure.dataset.library);
    const { frame, marks } = looksIn(picture);
    const spec = dressed(JSON.parse(figure.querySelector("script[type='application/json']").textContent), marks);
    // The page's policy forbids eval and inline styles: hence `ast`, and nothing that brings a style sheet along.
    const { view } = await vegaEmbed(picture, { ...spec, width, autosize: { type: "fit-x", contains: "padding" } }, {
      mode: "vega-lite", renderer: "svg", ast: true, actions: false, tooltip: false, defaultStyle: false,
      config: frame,
    });
    before?.view?.finalize();
    drawn.set(figure, { width, view });
    if (!before) figure.querySelector(".chart__table").open = false; // once: later it is as the reader left it
    figure.classList.add("chart--drawn");
  } catch (error) {
    figure.classList.add("chart--failed");
    console.warn("A chart was not drawn; the table behind it stands.", error);
  }
}

const onResize = new ResizeObserver((entries) => {
  for (const { target } of entries) requestAnimationFrame(() => draw(target));
});

function drawAll() {
  for (const figure of document.querySelectorAll(".chart")) onResize.observe(figure);
}

document.addEventListener("htmx:afterSettle", drawAll);
drawAll();
