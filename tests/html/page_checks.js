// What a person would find wrong with the page as it is drawn now: a list of sentences.
() => {
  const faults = [];
  const wide = document.documentElement.clientWidth;
  // Plotly measures texts in a place of its own, far outside the page.
  const seen = node => node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !node.closest("#js-plotly-tester");
  const named = node => {
    const text = (node.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${node.tagName.toLowerCase()}${node.id ? "#" + node.id : ""}> "${text}"`;
  };

  if (document.documentElement.scrollWidth > wide) faults.push(`the page scrolls sideways: ${document.documentElement.scrollWidth} > ${wide}`);

  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colours = new Map();
  function colour(text) {
    if (!colours.has(text)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = text;
      pen.fillRect(0, 0, 1, 1);
      const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
      colours.set(text, [red, green, blue, alpha / 255]);
    }
    return colours.get(text);
  }
  const over = (front, back) => [0, 1, 2].map(at => front[at] * front[3] + back[at] * (1 - front[3])).concat(1);
  function luminance(rgb) {
    const [red, green, blue] = rgb.slice(0, 3).map(value => value / 255).map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
  function contrast(one, other) {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
  function ground(node) {
    const layers = [];
    for (let one = node; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.backgroundImage !== "none") faults.push(`a text is on a picture, so its contrast is unknown: ${named(node)}`);
      layers.push(colour(style.backgroundColor));
      if (layers.at(-1)[3] === 1) break;
    }
    return layers.reverse().reduce((back, front) => over(front, back), colour("Canvas"));
  }
  function faded(node) {
    let opacity = 1;
    for (let one = node; one; one = one.parentElement) opacity *= Number(getComputedStyle(one).opacity);
    return opacity;
  }
  function checkContrast(node, text, what) {
    const back = ground(node);
    const [red, green, blue, alpha] = colour(text);
    const ratio = contrast(over([red, green, blue, alpha * faded(node)], back), back);
    if (ratio < 4.5) faults.push(`contrast ${ratio.toFixed(2)}: ${what}`);
  }

  for (const node of document.querySelectorAll("body *")) {
    if (!seen(node) || ["SCRIPT", "STYLE"].includes(node.tagName)) continue;
    const box = node.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    if (box.left < -1 || box.right > wide + 1 || box.bottom + scrollY < 0) faults.push(`off the screen: ${named(node)}`);
    if (node.placeholder && !node.value) checkContrast(node, getComputedStyle(node, "::placeholder").color, `placeholder of ${named(node)}`);
    if (node.value && node.matches("input, textarea")) checkContrast(node, getComputedStyle(node).color, `value of ${named(node)}`);
    for (const part of ["::before", "::after"]) {
      const { content } = getComputedStyle(node, part);
      if (/\w/.test(content.replace(/^(none|normal|counter.*)$/, ""))) faults.push(`a text is in the style, where no check and no search finds it: ${named(node)}`);
    }
  }

  const boxes = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode, node = text.parentElement;
    if (!text.data.trim() || ["SCRIPT", "STYLE"].includes(node.tagName) || !seen(node)) continue;
    const drawn = node instanceof SVGElement;
    const range = document.createRange();
    range.selectNodeContents(text);
    const parts = drawn ? [node.getBoundingClientRect()] : [...range.getClientRects()];
    const clips = [];
    for (let one = node; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      const clipped = style.overflowX !== "visible" || style.overflowY !== "visible" || style.clipPath !== "none";
      if (clipped && one !== document.body && one !== document.documentElement) clips.push(one.getBoundingClientRect());
    }
    let whole = parts.some(part => part.width > 0 && part.height > 0);
    for (const part of parts) {
      if (part.left < -1 || part.right > wide + 1 || part.top + scrollY < -1) whole = false;
      if (clips.some(clip => part.left < clip.left - 1 || part.right > clip.right + 1 || part.top < clip.top - 1 || part.bottom > clip.bottom + 1)) whole = false;
      if (part.width > 0 && part.height > 0) boxes.push({ text, part });
    }
    if (!whole) faults.push(`clipped: ${named(node)}`);
    checkContrast(node, drawn ? getComputedStyle(node).fill : getComputedStyle(node).color, named(node));
  }

  // Lines of text may touch; letters may not lie on letters.
  boxes.sort((one, other) => one.part.top - other.part.top);
  boxes.forEach((one, at) => {
    for (let next = at + 1; next < boxes.length && boxes[next].part.top < one.part.bottom - 3; next++) {
      const other = boxes[next];
      const across = Math.min(one.part.right, other.part.right) - Math.max(one.part.left, other.part.left);
      const down = Math.min(one.part.bottom, other.part.bottom) - other.part.top;
      if (one.text !== other.text && across > 1 && down > 3) faults.push(`one text on another: "${one.text.data.trim().slice(0, 30)}" and "${other.text.data.trim().slice(0, 30)}"`);
    }
  });
  return [...new Set(faults)];
}
