/* Contrast of every visible text with what is painted behind it, by WCAG 2: [ratio, text, colours] below `least`. */
(least) => {
  const parse = (colour) => (colour.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const over = (top, below) => {
    const a = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map((i) => top[i] * a + below[i] * (1 - a));
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, two) => {
    const [high, low] = [light(one), light(two)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    const layers = [];
    for (let node = element; node instanceof Element; node = node.parentElement) {
      const rect = node.classList.contains("node") ? node.querySelector("rect") : null;
      layers.push(parse(rect ? getComputedStyle(rect).fill : getComputedStyle(node).backgroundColor));
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const opacity = (element) => {
    let whole = 1;
    for (let node = element; node instanceof Element; node = node.parentElement) whole *= Number(getComputedStyle(node).opacity);
    return whole;
  };
  const poor = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || /^(script|style|noscript)$/i.test(element.tagName)) continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const ink = parse(element instanceof SVGElement ? style.fill : style.color);
    ink[3] = (ink.length > 3 ? ink[3] : 1) * opacity(element);
    const found = ratio(over(ink, back), back);
    seen += 1;
    if (found < least) poor.push([found.toFixed(2), walker.currentNode.textContent.trim().slice(0, 40), ink.join(), back.join()]);
  }
  return { seen, poor };
}
