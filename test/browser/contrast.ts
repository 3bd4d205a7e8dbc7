/**
 * A script for the page: lists all visible text whose colour has less contrast with what is behind it than text needs
 * (4.5 : 1, WCAG 2.1 success criterion 1.4.3). It takes backgrounds as opaque, as ours are.
 */
export const TEXT_BELOW_CONTRAST = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const isTransparent = (color) => channels(color)[3] === 0;
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return isTransparent(color) && element.parentElement ? behind(element.parentElement) : color;
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const [light, dark] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) found.add(element.className + ' ' + element.tagName + ': ' + contrast.toFixed(2));
  }
  return [...found];
})()`;
