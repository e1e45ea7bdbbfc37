// Elements with text whose contrast with what is painted behind them is below 4.5 (WCAG 2, AA).
const rgb = text => text.match(/[\d.]+/g).map(Number);
const light = colour => {
  const [r, g, b] = colour.map(part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
function ground(element) {
  for (let at = element; at; at = at.parentElement) {
    const [r, g, b, alpha = 1] = rgb(getComputedStyle(at).backgroundColor);
    if (alpha === 1) return [r, g, b];
  }
  return [255, 255, 255];
}
return [...document.querySelectorAll("body *:not(script):not(:disabled)")]
  .filter(element => element.checkVisibility() && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .map(element => {
    const [one, other] = [light(rgb(getComputedStyle(element).color).slice(0, 3)), light(ground(element))];
    return [(Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), element.outerHTML.slice(0, 80)];
  })
  .filter(([ratio]) => ratio < 4.5);
